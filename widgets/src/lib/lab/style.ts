/** The component's CSS, under one class name because Jupyter's page and the widget share a document. */

import { FONT } from "../theme";

export const CSS = `
.mrt-lab { position: relative; container-type: inline-size; width: 100%; height: 100%; min-width: 0; box-sizing: border-box; overflow: hidden;
  border: 1px solid var(--mrt-line); border-radius: 8px; background: var(--mrt-canvas); color: var(--mrt-ink); font: 13px/1.4 ${FONT}; text-align: left; }
.mrt-lab *, .mrt-lab *::before { box-sizing: border-box; }
.mrt-lab [hidden] { display: none !important; }
.mrt-lab .sheet { display: flex; flex-direction: column; height: 100%; }
.mrt-lab header { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; padding: 8px 12px; border-bottom: 1px solid var(--mrt-line); background: var(--mrt-panel); }
.mrt-lab .title { flex: 1 1 150px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.mrt-lab .title b { font-weight: 600; }
.mrt-lab .title span { color: var(--mrt-muted); margin-left: 8px; }
.mrt-lab .field { display: flex; align-items: center; gap: 6px; }
.mrt-lab input { width: 96px; height: 28px; margin: 0; padding: 0 8px; border: 1px solid var(--mrt-line); border-radius: 6px; background: var(--mrt-canvas); color: var(--mrt-ink);
  font: 13px ${FONT}; font-variant-numeric: tabular-nums; }
.mrt-lab input[aria-invalid="true"] { border-color: var(--mrt-error); }
.mrt-lab button { margin: 0; padding: 0 9px; height: 28px; border: 1px solid var(--mrt-line); border-radius: 6px; background: none; color: var(--mrt-ink); font: 12px ${FONT}; cursor: pointer; }
.mrt-lab button:hover:not(:disabled) { background: color-mix(in srgb, var(--mrt-ink) 8%, transparent); }
.mrt-lab button:disabled { color: var(--mrt-muted); opacity: .6; cursor: default; }
.mrt-lab button[aria-pressed="true"] { background: color-mix(in srgb, var(--mrt-accent) 12%, transparent); color: var(--mrt-accent); }
.mrt-lab :is(button, input, summary, .line):focus-visible { outline: 2px solid var(--mrt-accent); outline-offset: 1px; }
.mrt-lab .segments { display: flex; }
.mrt-lab .segments button { border-radius: 0; margin-left: -1px; }
.mrt-lab .segments button:first-child { border-radius: 6px 0 0 6px; margin-left: 0; }
.mrt-lab .segments button:last-child { border-radius: 0 6px 6px 0; }
.mrt-lab .origin { flex: 0 1 auto; color: var(--mrt-muted); font-size: 12px; }

.mrt-lab .body { flex: 1 1 0; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr) 300px 220px; }
.mrt-lab .plots { position: relative; min-width: 0; min-height: 170px; touch-action: none; cursor: ew-resize; }
.mrt-lab canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.mrt-lab .line { position: absolute; width: 16px; height: 30px; margin: -15px 0 0 -8px; border-radius: 6px; }
.mrt-lab .key { position: absolute; right: 14px; display: flex; gap: 10px; padding: 0 4px; background: color-mix(in srgb, var(--mrt-canvas) 85%, transparent); color: var(--mrt-muted); font-size: 11px; pointer-events: none; }
.mrt-lab .key span { display: flex; align-items: center; gap: 4px; }
.mrt-lab .key i { width: 16px; border-top: 2px solid var(--mrt-ink); }
.mrt-lab .key .rounding i { border-top: 2px dashed var(--mrt-accent); }
.mrt-lab .key .clipping i { border-top: 2px dotted var(--mrt-error); }
.mrt-lab .key .weighed i { border-top: 3px solid var(--mrt-match); opacity: .6; }
.mrt-lab section { min-width: 0; overflow-y: auto; padding: 8px 12px 10px; border-left: 1px solid var(--mrt-line); scrollbar-width: thin; scrollbar-color: var(--mrt-line) transparent; }
.mrt-lab h4 { margin: 10px 0 4px; font: 600 11px ${FONT}; letter-spacing: .02em; color: var(--mrt-muted); }
.mrt-lab .choices h4:first-child { margin-top: 0; }
.mrt-lab .tiles { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; }
.mrt-lab .tiles b { display: block; font-size: 16px; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.mrt-lab .tiles span { color: var(--mrt-muted); font-size: 11px; }
.mrt-lab .ladder { display: grid; grid-template-columns: repeat(13, minmax(0, 1fr)); border: 1px solid var(--mrt-line); border-radius: 6px; overflow: hidden; }
.mrt-lab .ladder button { position: relative; height: auto; padding: 3px 0; border: 0; border-radius: 0; text-align: center; font-size: 11px; font-variant-numeric: tabular-nums; }
.mrt-lab .ladder button:focus-visible { outline-offset: -2px; }
.mrt-lab .ladder span { display: block; color: var(--mrt-muted); font-size: 10px; }
.mrt-lab .ladder b { font-weight: 600; }
.mrt-lab .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.mrt-lab ul { list-style: none; margin: 0; padding: 0; font-size: 12px; }
.mrt-lab .effects li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 8px; padding: 4px 0; border-top: 1px solid var(--mrt-line); font-variant-numeric: tabular-nums; }
.mrt-lab .effects li:first-child { border-top: 0; padding-top: 0; }
.mrt-lab .effects li > span:first-child { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--mrt-muted); }
.mrt-lab .effects b { margin-right: 6px; font-weight: 600; color: var(--mrt-ink); }
.mrt-lab .effects small { grid-column: 1 / -1; color: var(--mrt-muted); font-size: 11px; }
.mrt-lab .effects .measured { color: var(--mrt-ink); }
.mrt-lab .problem, .mrt-lab .problem small { color: var(--mrt-error); }
.mrt-lab .picks button { display: flex; justify-content: space-between; gap: 8px; width: 100%; height: 24px; align-items: center; padding: 0 4px; border: 0; }
.mrt-lab .picks button > span:first-child { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.mrt-lab .picks i { margin-left: 6px; padding: 0 5px; border-radius: 7px; background: color-mix(in srgb, var(--mrt-match) 20%, transparent); font-style: normal; font-size: 10px; }
.mrt-lab .picks span:last-child, .mrt-lab .samples { font-variant-numeric: tabular-nums; }
.mrt-lab .samples li { display: flex; justify-content: space-between; gap: 8px; padding: 1px 4px; color: var(--mrt-muted); }
.mrt-lab .redone { margin-top: 10px; font-size: 12px; color: var(--mrt-muted); }
.mrt-lab .redone summary { cursor: pointer; border-radius: 4px; }
.mrt-lab .redone p { margin: 4px 0 0; overflow-wrap: anywhere; }
.mrt-lab .status { position: absolute; inset: 0; display: grid; place-items: center; padding: 20px; text-align: center; color: var(--mrt-muted); font-size: 14px; }

@container (max-width: 940px) {
  .mrt-lab .body { grid-template-columns: minmax(0, 1fr) 300px; grid-template-rows: minmax(0, 1fr) minmax(0, 1fr); }
  .mrt-lab .plots { grid-row: 1 / 3; }
  .mrt-lab .choices { border-top: 1px solid var(--mrt-line); }
}
@container (max-width: 640px) {
  .mrt-lab .sheet { overflow-y: auto; }
  .mrt-lab .title, .mrt-lab .origin { flex-basis: 100%; }
  .mrt-lab .body { display: block; flex: none; }
  .mrt-lab .plots { height: 300px; }
  .mrt-lab section { border-left: 0; border-top: 1px solid var(--mrt-line); overflow: visible; }
}
`;
