import { expect, test } from "vitest";
import { readRules, writeRules } from "../src/lib/rules";

test("rules are read back as they were written", () => {
  const rules = [{ query: 'op = "x"', colour: "#aabbcc" }];
  expect(readRules(writeRules(rules))).toEqual(rules);
});

test.each(["", "{}", "no json", "null"])("%s holds no rules", (json) => expect(readRules(json)).toBeNull());

test("rules without a query or with another colour are left out", () => {
  expect(readRules('[{"query":"a","colour":"#ABCDEF"},{"query":" ","colour":"#000000"},{"query":"b","colour":"red"},7,null]')).toEqual([{ query: "a", colour: "#abcdef" }]);
});
