import { expect, test } from "vitest";
import { SseReader } from "./sse.ts";

test("an event that comes in pieces is one event", () => {
  const reader = new SseReader();
  expect(reader.push("event: claim\nid: 7\nda")).toEqual([]);
  expect(reader.push('ta: {"a":1}\n')).toEqual([]);
  expect(reader.push("\n")).toEqual([{ event: "claim", data: '{"a":1}', id: "7" }]);
});

test("comments and carriage returns say nothing", () => {
  expect(new SseReader().push(":still here\r\n\r\ndata: x\r\n\r\n")).toEqual([
    { event: "message", data: "x", id: "" },
  ]);
});

test("lines of data are joined, and the id stays until another comes", () => {
  const reader = new SseReader();
  reader.push("id: 3\ndata: a\ndata: b\n\n");
  expect(reader.push("data: c\n\n")).toEqual([{ event: "message", data: "c", id: "3" }]);
});
