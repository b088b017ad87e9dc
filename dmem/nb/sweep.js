fill(root => {
  const uri = i => "data:image/png;base64," + data.frames[i];
  const img = document.createElement("img");
  const text = at => data.controls.map((c, k) => c.name + " " + c.options[at[k]] + (c.unit ? " " + c.unit : "")).join(", ");
  const show = at => {
    const i = at.reduce((n, v, k) => n * data.controls[k].options.length + v, 0);
    img.src = uri(i);
    img.alt = "Figure at " + text(at);
    root.dataset.frame = i;
  };
  const c = controls(root, data.controls, show);
  img.style.cssText = "max-width:100%;width:" + data.width + "px;display:block;background:#fff";
  root.append(img);
  show(c.at);

  const n = data.controls[0].options.length;
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "\u25b6";
    play.setAttribute("aria-label", "Play");
    play.title = "Play";
  };
  const step = () => {
    if (!root.isConnected) return stop();
    c.set[0]((c.at[0] + 1) % n);
    if (c.at[0] === n - 1) stop();
  };
  const play = button(c.box, "\u25b6", "Play", () => {
    if (timer) return stop();
    if (c.at[0] === n - 1) c.set[0](0);
    timer = setInterval(step, Math.max(100, Math.min(700, 6000 / n)));
    play.textContent = "\u23f8";
    play.setAttribute("aria-label", "Pause");
    play.title = "Pause";
  });
  if (n < 2) play.remove();

  // The static picture before this output is for pages without scripts.
  const hide = () => {
    const same = uri(data.first);
    for (const i of document.getElementsByTagName("img")) {
      if (i === img || !(i.compareDocumentPosition(root) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
      if (i.src.replace(/\s|%0A/g, "") !== same || i.closest("." + id)) continue;
      (i.closest(".jp-OutputArea-child, .output_area") || i).style.display = "none";
    }
  };
  hide();
  setTimeout(hide, 300);
});
