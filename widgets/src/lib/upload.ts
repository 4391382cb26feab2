/** Files on their way to the server: chosen or dropped, sent one request each, with progress and a way to stop. */

import { make } from "./dom";
import type { Host } from "./host";

export interface UploadTraits {
  address: string;
  most_bytes: number;
  suffixes: readonly string[];
  files: unknown;
}

interface Arrived {
  name: string;
  bytes: number;
}

const STYLE = `
.mrt-upload { font: 13px/1.45 Roboto, sans-serif; }
.mrt-upload .zone { border: 1px dashed color-mix(in srgb, currentColor 40%, transparent); border-radius: 6px; padding: 14px 10px; text-align: center; }
.mrt-upload .zone.over { border-color: #3b82b5; background: color-mix(in srgb, #3b82b5 14%, transparent); }
.mrt-upload button { font: inherit; color: inherit; background: none; border: 1px solid color-mix(in srgb, currentColor 35%, transparent); border-radius: 4px; padding: 5px 12px; cursor: pointer; }
.mrt-upload button:hover { background: color-mix(in srgb, currentColor 8%, transparent); }
.mrt-upload :focus-visible { outline: 2px solid #3b82b5; outline-offset: 2px; }
.mrt-upload .hint { opacity: .75; margin-top: 6px; }
.mrt-upload ul { list-style: none; margin: 8px 0 0; padding: 0; }
.mrt-upload li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 8px; align-items: center; padding: 4px 0; }
.mrt-upload .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.mrt-upload .size { opacity: .75; font-variant-numeric: tabular-nums; }
.mrt-upload progress { width: 100%; height: 6px; accent-color: #3b82b5; }
.mrt-upload li button { padding: 1px 8px; }
.mrt-upload .problem { grid-column: 1 / -1; color: #d6336c; overflow-wrap: anywhere; }
.mrt-upload input { position: absolute; width: 1px; height: 1px; opacity: 0; pointer-events: none; }
`;

/** Why a file is not sent at all, or nothing. */
export function problemOf(name: string, bytes: number, suffixes: readonly string[], most: number): string {
  if (!suffixes.some((suffix) => name.endsWith(suffix))) return `Not a file of these kinds: ${suffixes.join(", ")}`;
  return bytes > most ? `It has ${sizeOf(bytes)}; an upload may have ${sizeOf(most)}.` : "";
}

/** A number of bytes for people. */
export function sizeOf(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"] as const;
  const step = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${step === 0 ? bytes : (bytes / 1000 ** step).toPrecision(3)} ${units[step] ?? ""}`;
}

/** What a refusal says: the server's words, or what its status means. */
export function refusalOf(status: number, body: string): string {
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said === "object" && said !== null && "problem" in said && typeof said.problem === "string") return said.problem;
  } catch {
    // not one of our own answers
  }
  return status === 0 ? "The connection was lost." : status === 403 || status === 404 ? "Reload the page, then try again." : `The server answered ${status}.`;
}

export class UploadView {
  readonly #list = make("ul");
  readonly #running = new Set<XMLHttpRequest>();
  readonly #moving = new Map<string, HTMLElement>();
  readonly #host: Host<UploadTraits>;

  constructor(host: Host<UploadTraits>, el: HTMLElement) {
    this.#host = host;
    const input = make("input", { type: "file", multiple: "", accept: this.#suffixes().join(","), "aria-label": "Files to upload", tabindex: "-1" });
    const choose = make("button", { type: "button" }, "Choose files");
    const zone = make("div", { class: "zone" }, choose, input, make("div", { class: "hint" }, "or drop a symbol file (.json) and a parameter file (.params) here"));
    choose.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.#send(input.files);
      input.value = "";
    });
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      this.#send(event.dataTransfer?.files ?? null);
    });
    const style = make("style", {}, STYLE);
    el.append(style, make("div", { class: "mrt-upload" }, zone, this.#list));
    this.#list.setAttribute("aria-live", "polite");
    host.on("files", () => this.#show());
    this.#show();
  }

  /** Stop what is on its way; the server drops it. */
  dispose(): void {
    this.#host.dispose();
    for (const request of this.#running) request.abort();
  }

  #suffixes(): string[] {
    const given = this.#host.get("suffixes");
    return Array.isArray(given) ? given.map(String) : [];
  }

  #send(files: FileList | null): void {
    for (const file of files ?? []) {
      const problem = problemOf(file.name, file.size, this.#suffixes(), Number(this.#host.get("most_bytes")));
      if (problem) this.#fail(file.name, problem);
      else this.#start(file);
    }
  }

  #start(file: File): void {
    const request = new XMLHttpRequest();
    const bar = make("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
    const cancel = make("button", { type: "button", "aria-label": `Cancel the upload of ${file.name}` }, "Cancel");
    const row = make("li", {}, make("span", { class: "name", title: file.name }, file.name), cancel, bar, make("span", { class: "size" }, sizeOf(file.size)));
    this.#put(file.name, row);
    this.#running.add(request);
    cancel.addEventListener("click", () => request.abort());
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.total ? event.loaded / event.total : 0;
    });
    request.addEventListener("loadend", () => this.#running.delete(request));
    request.addEventListener("abort", () => this.#remove(file.name));
    request.addEventListener("error", () => this.#fail(file.name, refusalOf(0, "")));
    request.addEventListener("load", () => {
      if (request.status === 200) this.#remove(file.name);
      else this.#fail(file.name, refusalOf(request.status, request.responseText));
    });
    request.open("PUT", `${String(this.#host.get("address"))}${encodeURIComponent(file.name)}`);
    request.send(file);
  }

  #fail(name: string, problem: string): void {
    const close = make("button", { type: "button", "aria-label": `Dismiss ${name}` }, "Dismiss");
    close.addEventListener("click", () => this.#remove(name));
    this.#put(name, make("li", {}, make("span", { class: "name", title: name }, name), close, make("span", { class: "problem", role: "alert" }, problem)));
  }

  #put(name: string, row: HTMLElement): void {
    this.#moving.set(name, row);
    this.#show();
  }

  #remove(name: string): void {
    this.#moving.delete(name);
    this.#show();
  }

  /** What has arrived, as the server says, then what is on its way or failed. */
  #show(): void {
    const arrived = this.#arrived().filter(({ name }) => !this.#moving.has(name));
    const rows = arrived.map(({ name, bytes }) => make("li", {}, make("span", { class: "name", title: name }, `✓ ${name}`), make("span", { class: "size" }, sizeOf(bytes))));
    this.#list.replaceChildren(...rows, ...this.#moving.values());
  }

  #arrived(): Arrived[] {
    const given = this.#host.get("files");
    return (Array.isArray(given) ? given : []).map((file: Record<string, unknown>) => ({ name: String(file["name"]), bytes: Number(file["bytes"]) }));
  }
}
