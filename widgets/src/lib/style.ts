/** The component's CSS, under one class name because Jupyter's page and the widget share a document. */

import { FONT } from "./theme";

export const CSS = `
.mrt-graph { --mrt-foot: 32px; position: relative; container-type: inline-size; width: 100%; height: 100%; min-height: 240px; overflow: hidden; box-sizing: border-box;
  border: 1px solid var(--mrt-line); border-radius: 8px; background: var(--mrt-canvas); color: var(--mrt-ink); font: 13px/1.4 ${FONT}; text-align: left; }
.mrt-graph *, .mrt-graph *::before { box-sizing: border-box; }
.mrt-graph .stage { position: absolute; inset: 0; }
.mrt-graph.with-side .stage { left: min(340px, 60%); }
.mrt-graph canvas { touch-action: none; }
.mrt-graph canvas.graph { position: absolute; inset: 0; width: 100%; height: calc(100% - var(--mrt-foot)); cursor: grab; outline: none; border-radius: 7px 7px 0 0; }
.mrt-graph canvas.graph.over { cursor: pointer; }
.mrt-graph canvas.graph.dragging { cursor: grabbing; }
.mrt-graph canvas.minimap { position: absolute; right: 12px; bottom: calc(var(--mrt-foot) + 12px); border: 1px solid var(--mrt-line); border-radius: 6px; cursor: crosshair; box-shadow: 0 1px 4px var(--mrt-shadow); }
.mrt-graph canvas.graph:focus-visible { outline: 2px solid var(--mrt-accent); outline-offset: -2px; }
.mrt-graph [hidden] { display: none !important; }
.mrt-graph .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.mrt-graph .bar { position: absolute; inset: 12px 12px auto; display: flex; gap: 8px; justify-content: space-between; align-items: flex-start; pointer-events: none; }
.mrt-graph .group { display: flex; align-items: center; min-width: 0; height: 36px; padding: 3px; gap: 1px; pointer-events: auto;
  background: var(--mrt-panel); border: 1px solid var(--mrt-line); border-radius: 9px; box-shadow: 0 1px 4px var(--mrt-shadow); }
.mrt-graph .bar .group:first-child { flex: 0 1 320px; padding-left: 10px; color: var(--mrt-muted); }
.mrt-graph .bar .group:first-child:focus-within { border-color: var(--mrt-accent); box-shadow: 0 0 0 1px var(--mrt-accent); }
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
.mrt-graph button.count { flex: 0 1 auto; width: auto; min-width: 0; padding: 0 6px; color: var(--mrt-muted); font: 12px ${FONT}; font-variant-numeric: tabular-nums; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; display: block; }
.mrt-graph button.count.problem { color: var(--mrt-error); }
.mrt-graph .bar .group:last-child { flex: none; }
.mrt-graph .zoom { width: 46px; text-align: center; color: var(--mrt-muted); font-size: 12px; font-variant-numeric: tabular-nums; }
@container (max-width: 420px) { .mrt-graph .zoom { display: none; } }

.mrt-graph .foot { position: absolute; inset: auto 0 0; height: var(--mrt-foot); display: flex; align-items: center; gap: 8px; padding: 0 6px 0 12px; border-top: 1px solid var(--mrt-line); background: var(--mrt-panel); border-radius: 0 0 7px 7px; font-size: 12px; }
.mrt-graph .foot .tools { display: flex; align-items: center; gap: 1px; min-width: 0; }
.mrt-graph .foot .what { flex: 0 1 auto; min-width: 60px; margin-right: 6px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.mrt-graph .foot .idle { color: var(--mrt-muted); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.mrt-graph .foot button { width: auto; height: 26px; padding: 0 8px; font-weight: 500; font-size: 12px; white-space: nowrap; }
.mrt-graph button[aria-pressed="true"] { background: color-mix(in srgb, var(--mrt-accent) 16%, transparent); color: var(--mrt-accent); }
.mrt-graph .split { flex: 0 1000 auto; min-width: 90px; margin-left: auto; padding-right: 6px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.mrt-graph .split strong { margin-left: 8px; color: var(--mrt-error); font-weight: 600; }

.mrt-graph .menu { position: absolute; z-index: 3; min-width: 220px; max-height: calc(100% - 16px); overflow: auto; padding: 5px; background: var(--mrt-panel); border: 1px solid var(--mrt-line); border-radius: 9px; box-shadow: 0 6px 20px var(--mrt-shadow); }
.mrt-graph .menu button { display: flex; align-items: center; width: 100%; height: 28px; padding: 0 10px 0 4px; color: var(--mrt-ink); font: 13px ${FONT}; text-align: left; }
.mrt-graph .menu button:focus { background: color-mix(in srgb, var(--mrt-accent) 14%, transparent); outline: none; }
.mrt-graph .menu .tick { width: 22px; text-align: center; color: var(--mrt-accent); }
.mrt-graph .menu kbd { margin-left: auto; padding-left: 16px; color: var(--mrt-muted); font: 12px ${FONT}; }
.mrt-graph .menu hr { margin: 5px 4px; border: 0; border-top: 1px solid var(--mrt-line); }

.mrt-graph .side { position: absolute; inset: 0 auto 0 0; width: min(340px, 60%); display: flex; flex-direction: column; border-right: 1px solid var(--mrt-line); border-radius: 7px 0 0 7px; background: var(--mrt-panel); overflow: hidden; }
.mrt-graph .tabs { display: flex; align-items: center; gap: 2px; padding: 6px 6px 4px; border-bottom: 1px solid var(--mrt-line); }
.mrt-graph .tabs button[role="tab"] { width: auto; padding: 0 10px; font-weight: 500; }
.mrt-graph .tabs button[aria-selected="true"] { color: var(--mrt-accent); background: color-mix(in srgb, var(--mrt-accent) 12%, transparent); }
.mrt-graph .tabs button:last-child { margin-left: auto; }
.mrt-graph .list { position: relative; flex: 1 1 0; min-height: 0; overflow: auto; outline: none; }
.mrt-graph .list:focus-visible { box-shadow: inset 0 0 0 2px var(--mrt-accent); }
.mrt-graph .rows { position: relative; }
.mrt-graph .rows > div { position: absolute; left: 0; right: 0; height: 26px; display: flex; align-items: center; gap: 6px; padding: 0 8px; overflow: hidden; white-space: nowrap; font-size: 12px; cursor: pointer; }
.mrt-graph .rows > div:hover { background: color-mix(in srgb, var(--mrt-ink) 6%, transparent); }
.mrt-graph .rows > div.active { background: color-mix(in srgb, var(--mrt-accent) 16%, transparent); }
.mrt-graph .rows b { flex: none; font-weight: 600; }
.mrt-graph .rows span { min-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--mrt-muted); }
.mrt-graph .rows .dot { flex: none; width: 8px; height: 8px; margin: 0 4px; border-radius: 3px; }
.mrt-graph .rows .twisty { flex: none; width: 16px; text-align: center; font-style: normal; color: var(--mrt-muted); }
.mrt-graph .table { flex: 1 1 0; min-height: 0; display: flex; flex-direction: column; }
.mrt-graph .table .head, .mrt-graph .table .rows > div { display: grid; grid-template-columns: 4fr 3fr 3fr 2fr; gap: 6px; }
.mrt-graph .table .head { padding: 4px 8px; border-bottom: 1px solid var(--mrt-line); }
.mrt-graph .table .head button { display: block; width: auto; height: 24px; padding: 0; text-align: left; font-size: 12px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.mrt-graph .table .head button[data-sort="ascending"]::after { content: " ↑"; }
.mrt-graph .table .head button[data-sort="descending"]::after { content: " ↓"; }
.mrt-graph .table .rows span:first-child { color: var(--mrt-ink); direction: rtl; text-align: left; }
.mrt-graph .table .rows span:last-child { font-variant-numeric: tabular-nums; text-align: right; }

.mrt-graph .help, .mrt-graph .tip, .mrt-graph .legend { position: absolute; background: var(--mrt-panel); border: 1px solid var(--mrt-line); border-radius: 9px;
  box-shadow: 0 4px 16px var(--mrt-shadow); }
.mrt-graph .help { top: 56px; right: 12px; width: 340px; max-width: calc(100% - 24px); max-height: calc(100% - 68px); overflow: auto; padding: 12px 16px; }
.mrt-graph .help { z-index: 2; }
.mrt-graph .help .title { display: flex; justify-content: space-between; }
.mrt-graph .help dl + h2 { margin-top: 14px; }
.mrt-graph .help .queries { grid-template-columns: 1fr; gap: 0; }
.mrt-graph .help .queries dt { margin-top: 4px; white-space: normal; font-family: ui-monospace, Menlo, Consolas, monospace; }
.mrt-graph .rules > div { display: flex; gap: 6px; align-items: center; margin-bottom: 6px; }
.mrt-graph .rules input[type="text"] { border: 1px solid var(--mrt-line); border-radius: 6px; }
.mrt-graph .rules input[type="color"] { flex: none; width: 34px; height: 28px; padding: 2px; border: 1px solid var(--mrt-line); border-radius: 6px; appearance: auto; }
.mrt-graph .actions { display: flex; gap: 6px; }
.mrt-graph .actions button { width: auto; padding: 0 10px; border: 1px solid var(--mrt-line); }
.mrt-graph .help p { margin: 8px 0 0; color: var(--mrt-error); font-size: 12px; }
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

.mrt-graph .legend { left: 12px; bottom: calc(var(--mrt-foot) + 12px); width: 220px; max-width: calc(100% - 24px); padding: 8px 12px 9px; font-size: 12px; box-shadow: 0 1px 4px var(--mrt-shadow); }
.mrt-graph .legend b { display: block; margin-bottom: 5px; font-weight: 600; overflow-wrap: anywhere; }
.mrt-graph .legend .scale { height: 8px; border-radius: 4px; }
.mrt-graph .legend .ends { display: flex; justify-content: space-between; gap: 12px; white-space: nowrap; margin-top: 3px; color: var(--mrt-muted); font-variant-numeric: tabular-nums; }
.mrt-graph .legend .none { display: flex; align-items: center; gap: 6px; margin-top: 4px; color: var(--mrt-muted); }
.mrt-graph .legend .none::before { content: ""; width: 14px; height: 10px; border: 1px dashed var(--mrt-muted); border-radius: 3px; background: var(--mrt-noValue); }

.mrt-graph .legend .swatches { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 10px; }
.mrt-graph .legend .swatch { display: flex; align-items: center; gap: 6px; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.mrt-graph .legend i { flex: none; width: 12px; height: 12px; border-radius: 3px; }
.mrt-graph .legend .halves { display: flex; gap: 14px; margin-top: 4px; }
.mrt-graph .legend .halves span { display: flex; align-items: center; gap: 6px; }
.mrt-graph .legend .halves span::before { content: ""; width: 14px; height: 10px; border-radius: 3px; border: 1.5px solid var(--mrt-base); background: color-mix(in srgb, var(--mrt-base) 25%, transparent); }
.mrt-graph .legend .halves .top::before { border: 1.5px dashed var(--mrt-top); background: color-mix(in srgb, var(--mrt-top) 25%, transparent); }

/* Where there is little room, the legend makes way for the map. */
@container (max-width: 800px) {
  .mrt-graph .legend { top: 56px; bottom: auto; width: 180px; }
  .mrt-graph .legend:not(:has(b)) { width: auto; }
  .mrt-graph .legend:not(:has(b)) .halves { flex-direction: column; gap: 3px; margin: 0; }
}

.mrt-graph .status { position: absolute; inset: 0 0 var(--mrt-foot); display: grid; place-items: center; color: var(--mrt-muted); font-size: 14px; pointer-events: none; }
@media (prefers-reduced-motion: no-preference) {
  .mrt-graph .tip:not([hidden]) { animation: mrt-appear 120ms ease-out; }
  @keyframes mrt-appear { from { opacity: 0; } }
}
`;
