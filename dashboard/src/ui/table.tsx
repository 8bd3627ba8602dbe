import { ArrowDown, ArrowUp } from "lucide-react";
import {
  type CSSProperties,
  type KeyboardEvent,
  memo,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { count } from "../format.ts";
import { Ghost } from "./states.tsx";

export interface Column<T> {
  id: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** What it is sorted by; a column without it cannot be sorted. */
  by?: (row: T) => string | number;
  /** CSS width. */
  width?: string;
  /** From which width of the page it is shown. */
  from?: "middle" | "wide";
  number?: boolean;
}

export interface Sort {
  column: string;
  down: boolean;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  rowLabel?: (row: T) => string;
  loading?: boolean;
  empty: ReactNode;
  foot?: ReactNode;
  /** As they come when absent. */
  sort?: Sort;
  onSort?: (sort: Sort) => void;
}

/** Height of a row; must be that of `--row`. */
export const ROW_PIXELS = 36;
/** Rows kept above and below the window, so that quick scrolling meets no hole. */
const MARGIN_ROWS = 10;
/** The document changes once for so many rows; in between the browser scrolls what is painted already. */
const STEP_ROWS = 8;
/** Fewer rows than this are all in the document, and the page scrolls instead of the table. */
export const WINDOW_FROM_ROWS = 60;

/** Fewer rows than this need no number below them. */
const COUNTED_FROM_ROWS = 10;

export function sorted<T>(rows: T[], columns: Column<T>[], sort: Sort | undefined): T[] {
  const by = columns.find((column) => column.id === sort?.column)?.by;
  if (by === undefined || sort === undefined) return rows;
  const sign = sort.down ? -1 : 1;
  const keyed = rows.map((row) => [by(row), row] as const);
  keyed.sort(([a], [b]) => sign * (a < b ? -1 : a > b ? 1 : 0));
  return keyed.map(([, row]) => row);
}

/** The place of the last row before `top` at which the document changes. */
const stepped = (top: number) => Math.floor(top / ROW_PIXELS / STEP_ROWS) * STEP_ROWS * ROW_PIXELS;

/** Which rows are in the document. */
export function visible(rows: number, top: number, height: number): [from: number, to: number] {
  if (rows <= WINDOW_FROM_ROWS) return [0, rows];
  const first = stepped(top) / ROW_PIXELS;
  const last = first + STEP_ROWS + Math.ceil(height / ROW_PIXELS);
  return [Math.min(Math.max(0, first - MARGIN_ROWS), rows), Math.min(rows, last + MARGIN_ROWS)];
}

/** The widths of the columns on a wide page, a middle and a narrow one; the first takes what no other does. */
function templates<T>(columns: Column<T>[]): CSSProperties {
  const template = (shown: Column<T>[]) => {
    const stretched = shown.find((column) => column.width === undefined) ?? shown[0];
    const fixed = (column: Column<T>) => (column === stretched ? undefined : column.width);
    return shown.map((column) => fixed(column) ?? "minmax(0, 1fr)").join(" ");
  };
  return {
    "--columns": template(columns),
    "--columns-middle": template(columns.filter((column) => column.from !== "wide")),
    "--columns-narrow": template(columns.filter((column) => column.from === undefined)),
  } as CSSProperties;
}

const classOf = <T,>(column: Column<T>) =>
  [column.from, column.number && "number"].filter(Boolean).join(" ") || undefined;

/** A table of any length: only the rows in sight are in the document. Arrows move, Enter opens. */
export function Table<T>(props: Props<T>) {
  const { label, columns, rowKey, onOpen, loading, empty, foot, sort, onSort } = props;
  const rows = useMemo(() => sorted(props.rows, columns, sort), [props.rows, columns, sort]);
  const scroller = useRef<HTMLElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [at, setAt] = useState(0);
  const long = rows.length > WINDOW_FROM_ROWS;

  useEffect(() => {
    const element = scroller.current;
    if (element === null || !long) return;
    const look = () => {
      const next = { top: stepped(element.scrollTop), height: element.clientHeight };
      setView((now) => (now.top === next.top && now.height === next.height ? now : next));
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const size = new ResizeObserver(look);
    size.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      size.disconnect();
    };
  }, [long]);

  const current = Math.min(at, Math.max(0, rows.length - 1));
  const go = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    const element = scroller.current;
    if (element && long) {
      const top = next * ROW_PIXELS;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + 2 * ROW_PIXELS > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + 2 * ROW_PIXELS - element.clientHeight;
      }
      setView({ top: stepped(element.scrollTop), height: element.clientHeight });
    }
    requestAnimationFrame(() =>
      element?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus({ preventScroll: long }),
    );
  };

  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (target.dataset.row === undefined) return;
    const page = Math.max(1, Math.floor(view.height / ROW_PIXELS) - 2);
    const moves: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      j: current + 1,
      k: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1,
    };
    const move = moves[event.key];
    const row = rows[current];
    if (move !== undefined) go(move);
    else if (event.key === "Enter" && row !== undefined) onOpen?.(row);
    else return;
    event.preventDefault();
  };

  const [from, to] = visible(rows.length, view.top, view.height);
  const spacer = (id: string, height: number) =>
    height > 0 && <tr key={id} className="spacer" aria-hidden style={{ height }} />;

  return (
    <div className="sheet">
      <section
        className={long ? "grid-window" : "grid-window short"}
        ref={scroller}
        tabIndex={long ? 0 : undefined}
        aria-label={`${label}, all rows`}
      >
        <table
          className="grid"
          aria-label={label}
          aria-rowcount={rows.length + 1}
          style={templates(columns)}
          onKeyDown={onKey}
        >
          <thead>
            <tr>
              {columns.map((column) => (
                <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {loading && rows.length === 0 ? (
              <GhostRows columns={columns} />
            ) : (
              <>
                {spacer("above", from * ROW_PIXELS)}
                {rows.slice(from, to).map((row, offset) => (
                  <BodyRow
                    key={rowKey(row)}
                    row={row}
                    index={from + offset}
                    current={from + offset === current}
                    columns={columns}
                    label={props.rowLabel?.(row)}
                    onFocus={setAt}
                    onOpen={onOpen}
                  />
                ))}
                {spacer("below", (rows.length - to) * ROW_PIXELS)}
              </>
            )}
          </tbody>
        </table>
        {!loading && rows.length === 0 && empty}
      </section>
      {/* It comes with the rows: before, it would stand elsewhere. */}
      {!loading && (rows.length >= COUNTED_FROM_ROWS || foot) && (
        <div className="grid-foot">
          <span>{`${count(rows.length)} ${rows.length === 1 ? "row" : "rows"}`}</span>
          {foot}
        </div>
      )}
    </div>
  );
}

interface BodyRowProps<T> {
  row: T;
  index: number;
  current: boolean;
  columns: Column<T>[];
  label?: string;
  onFocus: (index: number) => void;
  onOpen?: (row: T) => void;
}

/** Scrolling makes only the rows that come into sight. */
const BodyRow = memo(function BodyRow<T>({
  row,
  index,
  current,
  columns,
  label,
  onFocus,
  onOpen,
}: BodyRowProps<T>) {
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      tabIndex={current ? 0 : -1}
      aria-label={label}
      onFocus={() => onFocus(index)}
      onClick={onOpen && (() => onOpen(row))}
    >
      {columns.map((column) => (
        <td key={column.id} className={classOf(column)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}) as <T>(props: BodyRowProps<T>) => ReactNode;

function HeadCell<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
}) {
  const chosen = sort?.column === column.id;
  return (
    <th
      scope="col"
      className={classOf(column)}
      aria-sort={chosen ? (sort.down ? "descending" : "ascending") : undefined}
    >
      {column.by && onSort ? (
        <button
          type="button"
          onClick={() => onSort({ column: column.id, down: chosen ? !sort.down : false })}
        >
          {column.title}
          {chosen && (sort.down ? <ArrowDown aria-hidden /> : <ArrowUp aria-hidden />)}
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

function GhostRows<T>({ columns }: { columns: Column<T>[] }) {
  return Array.from({ length: 8 }, (_, line) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
    <tr key={line}>
      {columns.map((column) => (
        <td key={column.id} className={classOf(column)}>
          <Ghost width={`${80 - ((line * 23) % 45)}%`} />
        </td>
      ))}
    </tr>
  ));
}
