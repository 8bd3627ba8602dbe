export interface Line {
  kind: "same" | "added" | "removed" | "skipped";
  text: string;
}

/** Longer texts are compared as a whole: the table of the comparison would not fit. */
const LINES_MAX = 2_000;
/** Unchanged lines shown around a change. */
const AROUND = 3;

/** The difference of two texts, line by line (longest common subsequence). */
export function diff(before: string, after: string): Line[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const same = (text: string): Line => ({ kind: "same", text });
  return [
    ...a.slice(0, start).map(same),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(same),
  ];
}

function middle(a: string[], b: string[]): Line[] {
  const removed = a.map((text): Line => ({ kind: "removed", text }));
  const added = b.map((text): Line => ({ kind: "added", text }));
  if (a.length === 0 || b.length === 0 || a.length > LINES_MAX || b.length > LINES_MAX)
    return [...removed, ...added];
  // common[i * width + j] is the length of what a from i and b from j have in common.
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [before, after] = [a[i], b[j]];
    if (before !== undefined && before === after) {
      lines.push({ kind: "same", text: before });
      i++;
      j++;
    } else if (before !== undefined && (after === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: "removed", text: before });
      i++;
    } else {
      lines.push({ kind: "added", text: after ?? "" });
      j++;
    }
  }
  return lines;
}

/** Leaves out what is far from every change. */
export function folded(lines: Line[]): Line[] {
  const near = new Set<number>();
  lines.forEach((line, index) => {
    if (line.kind === "same") return;
    for (let each = index - AROUND; each <= index + AROUND; each++) near.add(each);
  });
  const shown: Line[] = [];
  let skipped = 0;
  const flush = () => {
    if (skipped > 0)
      shown.push({ kind: "skipped", text: `${skipped} unchanged ${skipped === 1 ? "line" : "lines"}` });
    skipped = 0;
  };
  lines.forEach((line, index) => {
    if (!near.has(index)) skipped++;
    else {
      flush();
      shown.push(line);
    }
  });
  flush();
  return shown;
}
