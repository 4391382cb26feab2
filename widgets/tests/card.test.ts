import { expect, test } from "vitest";
import { elide, makeCard, type CardText } from "../src/lib/card";

const seven = (text: string): number => 7 * [...text].length;

function node(fields: Partial<CardText>): CardText {
  return { name: "conv0", title: "Convolution", shape: "", badge: "", params: [], ...fields };
}

test("texts are shortened at the end, names at the beginning", () => {
  expect(elide("abcdefgh", 35, seven)).toBe("abcd…");
  expect(elide("abcdefgh", 35, seven, true)).toBe("…efgh");
  expect(elide("abcd", 35, seven)).toBe("abcd");
  expect(elide("abcd", 0, seven)).toBe("…");
});

test("a card never grows beyond its limit, and its texts fit in", () => {
  const card = makeCard(node({ name: "n".repeat(300), title: "O".repeat(300), shape: "1x64x56x56", badge: "8 bit", params: ["w".repeat(300)] }), seven);
  expect(card.width).toBeLessThanOrEqual(260);
  expect(card.titleWidth + seven(card.shape)).toBeLessThan(card.width);
  expect(seven(card.name) + card.badgeWidth).toBeLessThan(card.width);
  expect(seven(card.params)).toBeLessThan(card.width);
});

test("parameters add a line, however many", () => {
  const [none, one, four] = [[], ["weight 3"], ["gamma 4", "beta 4", "mean 4", "var 4"]].map((params) => makeCard(node({ params }), seven));
  expect(one?.height).toBeGreaterThan(none?.height ?? Infinity);
  expect(four?.height).toBe(one?.height);
  expect(four?.params).toBe("gamma 4  + 3 more");
});
