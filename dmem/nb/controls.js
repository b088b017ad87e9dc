// fill calls make with each element of the id's class that is still empty: equal displays
// share an id. A page may run the script before it has the element.
function fill(make, tries = 100) {
  let found = false;
  for (const root of document.getElementsByClassName(id)) {
    found = true;
    if (root.dataset.ready) continue;
    root.dataset.ready = "yes";
    make(root);
  }
  if (!found && tries > 0) setTimeout(fill, 100, make, tries - 1);
}

// controls builds the sliders and lists and calls changed(settings) after each move.
function controls(root, list, changed) {
  const at = list.map(c => c.start);
  const set = [];
  const box = document.createElement("div");
  box.style.cssText = "display:flex;flex-wrap:wrap;gap:4px 18px;align-items:center;margin:4px 0;font:13px 'Liberation Sans',Arial,Helvetica,sans-serif";
  // The notebook's own keyboard shortcuts must not take the keys of a slider.
  for (const type of ["keydown", "keypress", "keyup"]) box.addEventListener(type, e => e.stopPropagation());
  list.forEach((c, i) => {
    const label = document.createElement("label");
    label.style.cssText = "display:inline-flex;gap:6px;align-items:center;margin:0";
    label.append(c.name);
    const value = document.createElement("output");
    let input;
    if (c.choice) {
      input = document.createElement("select");
      for (const o of c.options) input.append(new Option(o, o));
      input.selectedIndex = c.start;
    } else {
      input = document.createElement("input");
      Object.assign(input, {type: "range", min: 0, max: c.options.length - 1, step: 1, value: c.start});
      input.style.width = "150px";
      value.style.minWidth = Math.max(...c.options.map(o => (o + " " + c.unit).length)) + "ch";
    }
    input.setAttribute("aria-label", c.name);
    input.dataset.control = c.name;
    const show = () => {
      const text = c.options[at[i]] + (c.unit ? " " + c.unit : "");
      value.textContent = c.choice ? "" : text;
      input.setAttribute("aria-valuetext", text);
    };
    const read = () => {
      at[i] = c.choice ? input.selectedIndex : Number(input.value);
      show();
      changed(at);
    };
    input.addEventListener(c.choice ? "change" : "input", read);
    set.push(v => {
      if (c.choice) input.selectedIndex = v; else input.value = v;
      read();
    });
    show();
    label.append(input, value);
    box.append(label);
  });
  root.append(box);
  return {box, at, set};
}

// button returns a button of the controls.
function button(box, text, label, pressed) {
  const b = document.createElement("button");
  b.type = "button";
  b.textContent = text;
  b.setAttribute("aria-label", label);
  b.title = label;
  b.style.cssText = "min-width:32px;padding:1px 8px;cursor:pointer";
  b.addEventListener("click", pressed);
  box.prepend(b);
  return b;
}
