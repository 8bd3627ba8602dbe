import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { type Column, sorted, Table, visible, WINDOW_FROM_ROWS } from "./table.tsx";

interface Row {
  id: string;
  size: number;
}

const columns: Column<Row>[] = [
  { id: "id", title: "Id", cell: (row) => row.id, by: (row) => row.id },
  { id: "size", title: "Size", cell: (row) => row.size, by: (row) => row.size },
];
const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({ id: `r${index}`, size: count - index }));

test("of ten thousand rows only those in sight are in the document", () => {
  render(
    <Table label="Things" columns={columns} rows={rows(10_000)} rowKey={(row) => row.id} empty="none" />,
  );
  expect(document.querySelectorAll("tr[data-row]").length).toBeLessThan(80);
  expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("10001");
});

test("the window follows the scroll and never leaves the list", () => {
  expect(visible(WINDOW_FROM_ROWS, 9_999, 100)).toEqual([0, WINDOW_FROM_ROWS]);
  const [from, to] = visible(10_000, 36 * 5_000, 360);
  expect(from).toBeLessThan(5_000);
  expect(to).toBeGreaterThan(5_010);
  expect(visible(100, 36 * 1_000, 360)).toEqual([100, 100]);
});

test("a column is sorted both ways, and the order among equals stays", () => {
  const some = [
    { id: "a", size: 2 },
    { id: "b", size: 1 },
    { id: "c", size: 2 },
  ];
  expect(sorted(some, columns, { column: "size", down: false }).map((row) => row.id)).toEqual([
    "b",
    "a",
    "c",
  ]);
  expect(sorted(some, columns, { column: "size", down: true }).map((row) => row.id)).toEqual(["a", "c", "b"]);
});

test("arrows move from row to row and Enter opens", async () => {
  const open = vi.fn();
  render(
    <Table
      label="Things"
      columns={columns}
      rows={rows(5)}
      rowKey={(row) => row.id}
      onOpen={open}
      empty="none"
    />,
  );
  const first = document.querySelector<HTMLElement>("[data-row='0']");
  first?.focus();
  fireEvent.keyDown(document.activeElement as Element, { key: "ArrowDown" });
  await vi.waitFor(() => expect((document.activeElement as HTMLElement).dataset.row).toBe("1"));
  fireEvent.keyDown(document.activeElement as Element, { key: "Enter" });
  expect(open).toHaveBeenCalledWith(rows(5)[1]);
});

test("a table without rows says so", () => {
  render(<Table label="Things" columns={columns} rows={[]} rowKey={(row) => row.id} empty="Nothing yet" />);
  expect(screen.getByText("Nothing yet")).toBeTruthy();
});
