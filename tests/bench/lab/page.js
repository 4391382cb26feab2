// A host of the least kind, and what is measured: from a move of the pointer until the picture of it is there.
async ({ code, lab, moves }) => {
  const widget = (await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })))).default;
  const state = { lab, threshold: lab.threshold, observer: "", curve: {}, theme: "light", height_px: 460 };
  const model = { get: (name) => state[name], set: (name, value) => (state[name] = value), save_changes() {}, on() {}, off() {} };
  document.body.style.margin = "0";
  widget.render({ model, el: document.body });
  const plots = document.querySelector(".plots");
  plots.setPointerCapture = () => {};
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const at = (type, x) => plots.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0, buttons: 1, pointerId: 1, clientX: x, clientY: 120 }));
  await painted();
  const { width } = plots.getBoundingClientRect();
  at("pointerdown", width / 2);
  const times = [];
  for (let i = 0; i < moves; i++) {
    const before = document.querySelector("[role=slider]").getAttribute("aria-valuenow");
    const start = performance.now();
    at("pointermove", 60 + ((i * 37) % (width - 80)));
    await painted();
    times.push(performance.now() - start);
    if (document.querySelector("[role=slider]").getAttribute("aria-valuenow") === before) throw new Error("The line did not move.");
  }
  at("pointerup", width / 2);
  return times.sort((a, b) => a - b);
};
