import { expect, test } from "vitest";
import { diff, folded, type Line } from "./diff.ts";

const text = (lines: Line[]) =>
  lines.map(({ kind, text }) => `${{ same: " ", added: "+", removed: "-", skipped: "@" }[kind]}${text}`);

test("a changed line is one removed and one added", () => {
  expect(text(diff("a\nb\nc", "a\nx\nc"))).toEqual([" a", "-b", "+x", " c"]);
});

test("what moved in between stays in common", () => {
  expect(text(diff("a\nb\nc\nd", "b\nc\ne\nd"))).toEqual(["-a", " b", " c", "+e", " d"]);
});

test("equal texts differ nowhere", () => {
  expect(diff("a\nb", "a\nb").every((line) => line.kind === "same")).toBe(true);
});

test("lines far from a change are folded", () => {
  const long = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const shown = text(folded(diff(long.join("\n"), [...long.slice(0, 19), "other"].join("\n"))));
  expect(shown[0]).toBe("@16 unchanged lines");
  expect(shown.slice(-2)).toEqual(["-line 19", "+other"]);
});
