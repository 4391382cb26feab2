/** A pen that writes SVG, for the export. Everything a model names goes in as escaped text. */

import type { Box, Point } from "./layout";
import { bendBetween, type BoxStyle, type LineStyle, type Pen, type TextStyle } from "./pen";
import { FONT } from "./theme";

export class SvgPen implements Pen {
  private readonly parts: string[] = [];

  /** The document: the part of the world in `box`, at `scale` pixels a unit. */
  document(box: Box, scale: number, background: string): string {
    const size = attributes({ width: box.width * scale, height: box.height * scale, viewBox: [box.x, box.y, box.width, box.height].map(short).join(" ") });
    const paper = `<rect${attributes({ x: box.x, y: box.y, width: box.width, height: box.height, fill: background })}/>`;
    return `<svg xmlns="http://www.w3.org/2000/svg"${size}${attributes({ "font-family": FONT })}>${paper}${this.parts.join("")}</svg>`;
  }

  box({ x, y, width, height }: Box, { fill, stroke, width: line = 1, dash, radius = 0 }: BoxStyle): void {
    const style = { fill: fill ?? "none", stroke, "stroke-width": stroke && line, "stroke-dasharray": dash?.join(" ") };
    if (typeof radius === "number") this.parts.push(`<rect${attributes({ x, y, width, height, rx: radius || undefined, ...style })}/>`);
    else this.parts.push(`<path${attributes({ d: rounded({ x, y, width, height }, radius), ...style })}/>`);
  }

  boxes(boxes: readonly Box[], fill: string): void {
    for (const box of boxes) this.box(box, { fill });
  }

  lines(paths: readonly (readonly Point[])[], { stroke, width, dash, bend }: LineStyle): void {
    const style = attributes({ fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round", "stroke-dasharray": dash?.join(" ") });
    for (const points of paths) this.parts.push(`<path d="${route(points, bend)}"${style}/>`);
  }

  shapes(paths: readonly (readonly Point[])[], { fill, stroke, width }: { readonly fill?: string; readonly stroke?: string; readonly width?: number }): void {
    const style = attributes({ fill: fill ?? "none", stroke, "stroke-width": stroke && width, "stroke-linejoin": stroke && "round", "paint-order": stroke && "stroke" });
    for (const points of paths) this.parts.push(`<path d="${route(points, null)}Z"${style}/>`);
  }

  text(text: string, x: number, y: number, { size, colour, bold, align = "left", halo }: TextStyle): void {
    if (!text) return;
    const anchor = { left: undefined, center: "middle", right: "end" }[align];
    const style = { "font-size": size, "font-weight": bold ? 600 : undefined, fill: colour, "text-anchor": anchor, "dominant-baseline": "central" };
    const edge = halo ? { stroke: halo, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" } : {};
    this.parts.push(`<text${attributes({ x, y, ...style, ...edge })}>${escaped(text)}</text>`);
  }

  faded(opacity: number, body: () => void): void {
    this.parts.push(`<g opacity="${short(opacity)}">`);
    body();
    this.parts.push("</g>");
  }
}

function route(points: readonly Point[], bend: LineStyle["bend"]): string {
  const at = ({ x, y }: Point): string => `${short(x)} ${short(y)}`;
  return points
    .map((point, i) => {
      const before = points[i - 1];
      const inner = before && bendBetween(before, point, bend);
      return inner ? `C${at(inner[0])} ${at(inner[1])} ${at(point)}` : `${before ? "L" : "M"}${at(point)}`;
    })
    .join("");
}

function rounded({ x, y, width, height }: Box, [a, b, c, d]: readonly [number, number, number, number]): string {
  const [right, bottom] = [x + width, y + height];
  const arc = (radius: number, toX: number, toY: number): string => (radius ? `A${radius} ${radius} 0 0 1 ${short(toX)} ${short(toY)}` : "");
  const to = (toX: number, toY: number): string => `L${short(toX)} ${short(toY)}`;
  return `M${short(x + a)} ${short(y)}${to(right - b, y)}${arc(b, right, y + b)}${to(right, bottom - c)}${arc(c, right - c, bottom)}${to(x + d, bottom)}${arc(d, x, bottom - d)}${to(x, y + a)}${arc(a, x + a, y)}Z`;
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${typeof value === "number" ? short(value) : escaped(String(value))}"`)
    .join("");
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** For text and for attributes; characters that XML does not allow go. */
function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "").replace(/[&<>"']/g, (letter) => names[letter] ?? letter);
}
