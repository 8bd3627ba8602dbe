import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { configOf, labelOf, promptsOf, SchemaFields } from "./schema_fields.tsx";

const SCHEMA = {
  type: "object",
  required: ["apiKey"],
  properties: {
    apiKey: { type: "string", title: "API key", pattern: "^am_", writeOnly: true, maxLength: 4_000 },
    monthlyLimit: { type: "integer" },
    sandbox: { type: "boolean" },
    region: { enum: ["eu", "us"] },
  },
};

test("a schema becomes fields of its kinds, and secrets are not shown", () => {
  render(
    <SchemaFields prompts={promptsOf(SCHEMA)} values={{}} onChange={() => {}} wrong={() => undefined} />,
  );
  const key = screen.getByLabelText<HTMLInputElement>("API key");
  expect([key.type, key.required]).toEqual(["password", true]);
  expect(screen.getByLabelText<HTMLInputElement>("Monthly limit (optional)").type).toBe("number");
  expect(screen.getByLabelText<HTMLInputElement>("Sandbox (optional)").type).toBe("checkbox");
  expect(screen.getByLabelText("Region (optional)").tagName).toBe("SELECT");
});

test("a pattern that stands for the beginning admits what begins so", () => {
  render(
    <SchemaFields prompts={promptsOf(SCHEMA)} values={{}} onChange={() => {}} wrong={() => undefined} />,
  );
  const pattern = screen.getByLabelText<HTMLInputElement>("API key").pattern;
  expect(new RegExp(`^(?:${pattern})$`, "v").test("am_something")).toBe(true);
  expect(new RegExp(`^(?:${pattern})$`, "v").test("sk_something")).toBe(false);
});

test("what is wrong with a field stands at the field", () => {
  const change = vi.fn();
  render(
    <SchemaFields
      prompts={promptsOf(SCHEMA)}
      values={{ region: "eu" }}
      onChange={change}
      wrong={(name) => (name === "apiKey" ? "is not accepted" : undefined)}
    />,
  );
  expect(screen.getByRole("alert").textContent).toBe("is not accepted");
  fireEvent.change(screen.getByLabelText("API key"), { target: { value: "am_1" } });
  expect(change).toHaveBeenCalledWith({ region: "eu", apiKey: "am_1" });
});

test("values are sent in their types, and what is empty is left out", () => {
  expect(configOf(promptsOf(SCHEMA), { apiKey: "am_1", monthlyLimit: "20", region: "" })).toEqual({
    apiKey: "am_1",
    monthlyLimit: 20,
  });
  expect(labelOf({ name: "inbox_id", required: false, property: {} })).toBe("Inbox id");
});
