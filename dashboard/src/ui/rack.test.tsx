import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { PoolStatus } from "../api/types.ts";
import { Rack, rackOf } from "./rack.tsx";

const status = (change: Partial<PoolStatus>): PoolStatus => ({
  desired: 5,
  ready: 5,
  starting: 0,
  claiming: 0,
  claimed: 0,
  stuck: 0,
  destroying: 0,
  waiting: 0,
  conditions: [],
  explanation: "",
  ...change,
});

test("what is missing to the target is a free place before those that serve", () => {
  const picture = rackOf(status({ ready: 2, starting: 1, claimed: 4 }));
  expect(picture.parts.map((part) => [part.tone, part.count])).toEqual([
    ["tone-ready", 2],
    ["tone-starting", 1],
    ["free", 2],
    ["tone-claimed", 4],
  ]);
  expect(picture.places).toBe(9);
});

test("the picture is also a sentence", () => {
  render(<Rack status={status({ ready: 1, stuck: 2 })} />);
  expect(screen.getByRole("img").getAttribute("aria-label")).toBe("1 ready of 5 idle agents wanted, 2 stuck");
});

test("thousands are bars in proportion instead of ticks", () => {
  const { container } = render(<Rack status={status({ ready: 4_000, desired: 4_000, claimed: 6_000 })} />);
  expect(container.querySelectorAll("rect")).toHaveLength(2);
});
