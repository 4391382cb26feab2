/**
 * Panel's React components, made to show what changes while they are drawn.
 *
 * As of Panel 1.9 `useState` reads a property when a component is rendered, and listens to it from an effect, which runs
 * later: a change between the two is never shown. So a component looks once more when it begins to listen.
 */

const LISTEN = "react_proxy.on(prop, cb, true)";
const LOOK = "if (!target.model.events.includes(resolvedProp)) cb()";

/** Panel's code of a component's module, mended; throws when Panel's code is not the one that is known here. */
export function mend(code: string): string {
  if (code.split(LISTEN).length !== 2) throw new Error(`This version of Panel is not known: its components have no "${LISTEN}".`);
  return code.replace(LISTEN, () => `${LISTEN}; ${LOOK}`);
}
