import { describe, expect, it } from "vitest";
import { mend } from "../src/lib/panel_react";

describe("mend", () => {
  it("has a component look at a property when it begins to listen", () => {
    const seen: string[] = [];
    const run = new Function("react_proxy", "target", "resolvedProp", "prop", "cb", mend("react_proxy.on(prop, cb, true)"));
    const proxy = { on: (prop: string) => seen.push(`listens to ${prop}`) };
    const target = { model: { events: ["clicked"] } };
    run(proxy, target, "label", "label", () => seen.push("looks"));
    run(proxy, target, "clicked", "clicked", () => seen.push("fires an event that was not"));
    expect(seen).toEqual(["listens to label", "looks", "listens to clicked"]);
  });

  it("refuses code that it does not know", () => {
    expect(() => mend("react_proxy.listen(prop, cb)")).toThrow("This version of Panel is not known");
  });
});
