/** The component's CSS, under one class name because Jupyter's page and the widget share a document. */

import { FONT } from "./theme";

export const CSS = `
.mrt-graph { position: relative; container-type: inline-size; width: 100%; height: 100%; min-height: 240px; overflow: hidden; box-sizing: border-box;
  border: 1px solid var(--mrt-line); border-radius: 8px; background: var(--mrt-canvas); color: var(--mrt-ink); font: 13px/1.4 ${FONT}; text-align: left; }
.mrt-graph *, .mrt-graph *::before { box-sizing: border-box; }
.mrt-graph canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; cursor: grab; outline: none; border-radius: 7px; }
.mrt-graph canvas.over { cursor: pointer; }
.mrt-graph canvas.dragging { cursor: grabbing; }
.mrt-graph canvas:focus-visible { outline: 2px solid var(--mrt-accent); outline-offset: -2px; }
.mrt-graph [hidden] { display: none !important; }
.mrt-graph .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.mrt-graph .bar { position: absolute; inset: 12px 12px auto; display: flex; gap: 8px; justify-content: space-between; align-items: flex-start; pointer-events: none; }
.mrt-graph .group { display: flex; align-items: center; min-width: 0; height: 36px; padding: 3px; gap: 1px; pointer-events: auto;
  background: var(--mrt-panel); border: 1px solid var(--mrt-line); border-radius: 9px; box-shadow: 0 1px 4px var(--mrt-shadow); }
.mrt-graph .group:first-child { flex: 0 1 320px; padding-left: 10px; color: var(--mrt-muted); }
.mrt-graph .group:first-child:focus-within { border-color: var(--mrt-accent); box-shadow: 0 0 0 1px var(--mrt-accent); }
.mrt-graph .group svg { flex: none; display: block; }
.mrt-graph button { flex: none; display: grid; place-items: center; width: 28px; height: 28px; margin: 0; padding: 0; border: 0; border-radius: 6px;
  background: none; color: var(--mrt-muted); font: 600 13px ${FONT}; cursor: pointer; }
.mrt-graph button:hover { background: color-mix(in srgb, var(--mrt-ink) 8%, transparent); color: var(--mrt-ink); }
.mrt-graph button:focus-visible { outline: 2px solid var(--mrt-accent); outline-offset: -1px; }
.mrt-graph button[aria-expanded="true"] { background: color-mix(in srgb, var(--mrt-accent) 16%, transparent); color: var(--mrt-accent); }
.mrt-graph input { flex: 1 1 0; min-width: 40px; height: 28px; margin: 0; padding: 0 8px; border: 0; outline: 0; box-shadow: none; appearance: none;
  background: none; color: var(--mrt-ink); font: 13px ${FONT}; }
.mrt-graph input::-webkit-search-cancel-button { display: none; }
.mrt-graph input::placeholder { color: var(--mrt-muted); opacity: 1; }
.mrt-graph .count { flex: none; padding: 0 6px; color: var(--mrt-muted); font-size: 12px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.mrt-graph .group:last-child { flex: none; }
.mrt-graph .zoom { width: 46px; text-align: center; color: var(--mrt-muted); font-size: 12px; font-variant-numeric: tabular-nums; }
@container (max-width: 420px) { .mrt-graph .zoom { display: none; } }

.mrt-graph .help, .mrt-graph .tip, .mrt-graph .legend { position: absolute; background: var(--mrt-panel); border: 1px solid var(--mrt-line); border-radius: 9px;
  box-shadow: 0 4px 16px var(--mrt-shadow); }
.mrt-graph .help { top: 56px; right: 12px; width: 340px; max-width: calc(100% - 24px); max-height: calc(100% - 68px); overflow: auto; padding: 12px 16px; }
.mrt-graph .help h2 { margin: 0 0 8px; font: 600 13px ${FONT}; color: inherit; }
.mrt-graph dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 12px; margin: 0; }
.mrt-graph dt { margin: 0; font-weight: 400; color: var(--mrt-muted); white-space: nowrap; }
.mrt-graph dd { margin: 0; overflow-wrap: anywhere; }
.mrt-graph .help dt { color: var(--mrt-ink); font-weight: 600; font-size: 12px; }
.mrt-graph .help dd { color: var(--mrt-muted); font-size: 12px; }

.mrt-graph .tip { z-index: 1; width: max-content; max-width: min(320px, calc(100% - 16px)); padding: 10px 12px; pointer-events: none; font-size: 12px; }
.mrt-graph .tip strong { display: flex; align-items: center; gap: 7px; font-weight: 600; font-size: 13px; }
.mrt-graph .tip strong::before { content: ""; flex: none; width: 10px; height: 10px; border-radius: 3px; background: var(--kind); }
.mrt-graph .tip .badge { margin-left: auto; padding: 0 7px; border-radius: 8px; background: color-mix(in srgb, var(--kind) 24%, transparent); font-size: 11px; }
.mrt-graph .tip p { margin: 2px 0 8px; color: var(--mrt-muted); overflow-wrap: anywhere; }
.mrt-graph .tip dl { gap: 2px 12px; }
.mrt-graph .tip dd { font-variant-numeric: tabular-nums; }

.mrt-graph .legend { left: 12px; bottom: 12px; width: 220px; max-width: calc(100% - 24px); padding: 8px 12px 9px; font-size: 12px; box-shadow: 0 1px 4px var(--mrt-shadow); }
.mrt-graph .legend b { display: block; margin-bottom: 5px; font-weight: 600; overflow-wrap: anywhere; }
.mrt-graph .legend .scale { height: 8px; border-radius: 4px; }
.mrt-graph .legend .ends { display: flex; justify-content: space-between; margin-top: 3px; color: var(--mrt-muted); font-variant-numeric: tabular-nums; }
.mrt-graph .legend .none { display: flex; align-items: center; gap: 6px; margin-top: 4px; color: var(--mrt-muted); }
.mrt-graph .legend .none::before { content: ""; width: 14px; height: 10px; border: 1px dashed var(--mrt-muted); border-radius: 3px; background: var(--mrt-noValue); }

.mrt-graph .status { position: absolute; inset: 0; display: grid; place-items: center; color: var(--mrt-muted); font-size: 14px; pointer-events: none; }
@media (prefers-reduced-motion: no-preference) {
  .mrt-graph .tip:not([hidden]) { animation: mrt-appear 120ms ease-out; }
  @keyframes mrt-appear { from { opacity: 0; } }
}
`;
