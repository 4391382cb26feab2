/** How a column's height is shared, and the browser's memory of it. */

import { record } from "./graph";

export interface Share {
  /** The part below, from LEAST to MOST. */
  readonly share: number;
  /** Whether only the tabs of the part below are seen. */
  readonly hidden: boolean;
}

const LEAST = 0.12;
const MOST = 0.75;
const MEMORY = "mrt-studio-panel";

/** The state after a change, within the limits. */
export function moved(state: Share, change: Partial<Share>): Share {
  const next = { ...state, ...change };
  return { ...next, share: Math.min(MOST, Math.max(LEAST, next.share)) };
}

/** What a text of the memory says; `share` where it says nothing. */
export function parseShare(memory: string | null, share: number): Share {
  try {
    const found = record(JSON.parse(memory ?? "null"));
    const known = typeof found.share === "number" && Number.isFinite(found.share) ? found.share : share;
    return moved({ share, hidden: found.hidden === true }, { share: known });
  } catch {
    return { share, hidden: false };
  }
}

/** What the browser remembers; it may refuse to tell. */
export function remembered(share: number): Share {
  try {
    return parseShare(localStorage.getItem(MEMORY), share);
  } catch {
    return { share, hidden: false };
  }
}

/** Let the browser remember; it may refuse to. */
export function remember(state: Share): void {
  try {
    localStorage.setItem(MEMORY, JSON.stringify(state));
  } catch {
    // A private window without storage: the height lasts as long as the page.
  }
}
