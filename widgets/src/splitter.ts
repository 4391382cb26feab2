/**
 * A bar that shares a column's height between what stands above and below it. Drag it or use the arrow keys; Enter, a
 * double click or its button hide what is below, and a click on one of its tabs shows it again.
 */

import { iconButton, make } from "./lib/dom";
import { makeHost, type RenderContext } from "./lib/host";
import { moved, remember, remembered, type Share } from "./lib/share";

const TABS_PX = 36;
const STEP = 0.04;
const CLICK_PX = 3;
const CHEVRON = "M3 6l5 5 5-5";
const CSS = `
.holder { position: relative; }
.bar { height: 12px; display: flex; align-items: center; justify-content: center; cursor: row-resize; touch-action: none; outline: none; }
.grip { width: 44px; height: 4px; border-radius: 2px; background: currentColor; opacity: .25; }
.bar:hover .grip, .bar:focus-visible .grip { opacity: .7; }
.bar:focus-visible .grip { outline: 2px solid currentColor; outline-offset: 2px; }
button { position: absolute; right: 8px; top: -1px; display: grid; place-items: center; width: 30px; height: 16px; padding: 0; border: 0;
  border-radius: 4px; background: none; color: inherit; cursor: pointer; opacity: .7; }
button:hover, button:focus-visible { opacity: 1; background: color-mix(in srgb, currentColor 12%, transparent); }
.hidden + button svg { transform: rotate(180deg); }`;

function render(context: RenderContext): () => void {
  const { el } = context;
  const place = el.getRootNode();
  const host = place instanceof ShadowRoot ? place.host : el;
  let state = remembered(Number(makeHost<{ share: number }>(context).get("share")));

  const below = (): HTMLElement | null => (host.nextElementSibling instanceof HTMLElement ? host.nextElementSibling : null);
  const toggle = (): void => change({ hidden: !state.hidden });
  const button = iconButton("Hide the panel", CHEVRON, toggle);
  const bar = make("div", { class: "bar", role: "separator", tabindex: "0", "aria-orientation": "horizontal", "aria-label": "Height of the panel below", "aria-valuemin": "0", "aria-valuemax": "100" }, make("div", { class: "grip" }));
  const holder = make("div", { class: "holder" }, bar, button);

  function show(): void {
    const panel = below();
    if (panel) panel.style.flex = state.hidden ? `0 0 ${TABS_PX}px` : `0 0 ${100 * state.share}%`;
    bar.classList.toggle("hidden", state.hidden);
    bar.setAttribute("aria-valuenow", String(state.hidden ? 0 : Math.round(100 * state.share)));
    button.title = state.hidden ? "Show the panel" : "Hide the panel";
    button.setAttribute("aria-label", button.title);
    button.setAttribute("aria-expanded", String(!state.hidden));
  }

  function change(values: Partial<Share>): void {
    state = moved(state, values);
    show();
    remember(state);
  }

  function pressed(event: KeyboardEvent): void {
    if (event.key === "ArrowUp") change({ hidden: false, share: state.share + STEP });
    else if (event.key === "ArrowDown") change({ hidden: false, share: state.share - STEP });
    else if (event.key === "Enter") toggle();
    else return;
    event.preventDefault();
  }

  function dragged(start: PointerEvent): void {
    const above = host.parentNode;
    const column = above instanceof ShadowRoot ? above.host : host.parentElement;
    if (!column) return;
    const { bottom, height } = column.getBoundingClientRect();
    const drag = new AbortController();
    const move = (event: PointerEvent): void => {
      if (Math.abs(event.clientY - start.clientY) > CLICK_PX) change({ hidden: false, share: (bottom - event.clientY) / height });
    };
    bar.setPointerCapture(start.pointerId);
    bar.addEventListener("pointermove", move, { signal: drag.signal });
    for (const end of ["pointerup", "pointercancel"] as const) bar.addEventListener(end, () => drag.abort(), { signal: drag.signal });
  }

  const opened = (event: Event): void => {
    if (state.hidden && event.composedPath().some((at) => at instanceof Element && at.getAttribute("role") === "tab")) change({ hidden: false });
  };

  bar.addEventListener("keydown", pressed);
  bar.addEventListener("pointerdown", dragged);
  bar.addEventListener("dblclick", toggle);
  el.append(make("style", {}, CSS), holder);
  show();
  // The panel is put into the page after the bar.
  const later = requestAnimationFrame(() => {
    show();
    below()?.addEventListener("click", opened);
  });
  return () => {
    cancelAnimationFrame(later);
    below()?.removeEventListener("click", opened);
  };
}

export default { render };
