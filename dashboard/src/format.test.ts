import { expect, test } from "vitest";
import { age, counted, duration, share, shortImage, words } from "./format.ts";

test("a length of time has at most two units, and none is skipped", () => {
  expect(duration(320)).toBe("320 ms");
  expect(duration(4_200)).toBe("4.2 s");
  expect(duration(65_000)).toBe("1 m 5 s");
  expect(duration(3_600_000)).toBe("1 h");
  expect(duration(3_605_000)).toBe("1 h");
  expect(duration(93_600_000)).toBe("1 d 2 h");
});

test("an age has one unit, and a clock that runs behind makes it no less than now", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  expect(age("2026-01-01T11:55:10Z", now)).toBe("4 m");
  expect(age("2026-01-01T12:00:05Z", now)).toBe("now");
});

test("words of programs become words of people", () => {
  expect(words("pending_acceptance")).toBe("pending acceptance");
  expect(words("CreatesFailing")).toBe("Creates failing");
  expect(counted(1, "agent")).toBe("1 agent");
  expect(counted(1_200, "agent")).toBe("1,200 agents");
  expect(share(0.987)).toBe("99 %");
  expect(share(1)).toBe("100.0 %");
});

test("an image is told by its last part", () => {
  expect(shortImage("ghcr.io/acme/runtime:sha-1a2b3c")).toBe("runtime:sha-1a2b3c");
  expect(shortImage(`ghcr.io/acme/runtime@sha256:${"ab".repeat(32)}`)).toBe("runtime@abababababab");
});
