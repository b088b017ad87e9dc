// The kernel's own script opens ws://host/api/...: give it the server's base address and, on a
// secure page, wss; and what it needs of crypto on a page that is not secure.
const base = () => {
  const config = document.getElementById("jupyter-config-data");
  return (config && JSON.parse(config.textContent).baseUrl) || document.body.dataset.baseUrl || "/";
};
if (!globalThis.dmemWebSocket) {
  const Real = globalThis.dmemWebSocket = globalThis.WebSocket;
  globalThis.WebSocket = class extends Real {
    constructor(url, ...rest) {
      const m = /^ws:\/\/([^/]+)\/(api\/kernels\/[^/]+\/channels)$/.exec(url);
      if (m && m[1] === location.host) {
        url = (location.protocol === "https:" ? "wss://" : "ws://") + m[1] + base() + m[2];
      }
      super(url, ...rest);
    }
  };
}
if (!crypto.randomUUID) {
  crypto.randomUUID = () => "10000000-1000-4000-8000-100000000000".replace(/[018]/g,
    c => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));
}

fill(root => {
  const state = document.createElement("span");
  let move = 0, drawn = -1, comm = null, sent = 0, over = false;
  const tell = () => {
    if (!comm || over) return;
    sent = Date.now();
    comm.send(data.address, move + ":" + c.at.join(","));
  };
  const c = controls(root, data.controls, () => { move++; tell(); });
  const stop = button(c.box, "\u25a0 Stop", "Stop", () => { stop.disabled = true; if (comm) comm.send(data.address, "stop"); });
  state.setAttribute("role", "status");
  state.textContent = "connecting \u2026";
  c.box.append(state);
  const heard = (_, text) => {
    if (text === "end") { over = true; state.textContent = ""; return; }
    drawn = Math.max(drawn, Number(text.slice(5)));
    root.dataset.drawn = drawn;
    state.textContent = "";
  };
  // Messages can get lost, and the connection be replaced: repeat until the answer is there.
  const timer = setInterval(() => {
    if (over || !root.isConnected) return clearInterval(timer);
    if (globalThis.gonb_comm && globalThis.gonb_comm !== comm) {
      comm = globalThis.gonb_comm;
      comm.subscribe(data.address + "/drawn", heard);
      tell();
    } else if (drawn < move && Date.now() - sent > 1500) {
      if (drawn >= 0) state.textContent = "drawing \u2026";
      tell();
    }
  }, 100);
});
