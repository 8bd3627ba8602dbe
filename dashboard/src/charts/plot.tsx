import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../theme.ts";
import type { Row } from "./series.ts";

export interface Line {
  label: string;
  /** The CSS variable of its colour. */
  color: string;
  kind: "area" | "line" | "bars";
  dash?: number[];
  /** Values that stand alone between gaps are dots; a line alone would not show them. */
  dots?: boolean;
  scale?: string;
}

interface Props {
  data: Row[];
  lines: Line[];
  value: (value: number) => string;
  /** From when to when, in seconds. */
  span: [number, number];
  onPoint: (index: number | null) => void;
  /** Names the group whose cursors move together. */
  group: string;
  /** Values are counts. */
  whole?: boolean;
}

const HEIGHT = 180;
/** There is no half an agent; where values are fractions, the chart chooses its steps. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => [1, 10, 100, 1_000, 10_000].map((size) => step * size))
  .sort((a, b) => a - b);

function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function seriesOf(line: Line): uPlot.Series {
  const color = css(line.color);
  const base: uPlot.Series = {
    label: line.label,
    stroke: color,
    width: 1.5,
    points: { show: false },
    spanGaps: false,
    scale: line.scale ?? "y",
  };
  if (line.kind === "area")
    return { ...base, fill: color, width: 0, paths: uPlot.paths.stepped?.({ align: 1 }) };
  if (line.kind === "bars")
    return { ...base, fill: color, width: 0, paths: uPlot.paths.bars?.({ size: [0.7, 12], align: 1 }) };
  return { ...base, dash: line.dash, points: { show: line.dots ?? false, size: 3, fill: color } };
}

/** A chart by uPlot, painted anew when the theme or the width changes. What it shows is said in words beside it. */
export default function Plot({ data, lines, value, span, onPoint, group, whole = false }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const newest = useRef({ data, span, value, onPoint });
  newest.current = { data, span, value, onPoint };
  const theme = useTheme();
  const shape = JSON.stringify(lines);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `theme` changes the colours that are read from the page
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const font = `11px ${css("--sans")}`;
    const axis = {
      stroke: css("--ink-3"),
      font,
      grid: { stroke: css("--line"), width: 1 },
      ticks: { show: false },
    };
    const made = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        padding: [8, 18, 0, 0],
        cursor: { sync: { key: group }, points: { show: false }, drag: { x: false, y: false }, y: false },
        scales: {
          x: { time: true, range: () => newest.current.span },
          y: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] },
        },
        axes: [
          { ...axis, grid: { show: false }, space: 64, size: 26, values: times },
          {
            ...axis,
            size: 44,
            incrs: whole ? WHOLE_STEPS : undefined,
            space: 32,
            values: (_, ticks) => ticks.map((tick) => newest.current.value(tick)),
          },
        ],
        series: [{}, ...(JSON.parse(shape) as Line[]).map(seriesOf)],
        hooks: { setCursor: [(it) => newest.current.onPoint(it.cursor.idx ?? null)] },
      },
      newest.current.data as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const size = new ResizeObserver(() =>
      made.setSize({ width: Math.max(120, element.clientWidth), height: HEIGHT }),
    );
    size.observe(element);
    return () => {
      size.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme, shape, group, whole]);

  useEffect(() => {
    plot.current?.setData(data as uPlot.AlignedData);
  }, [data]);

  return <div className="plot" ref={place} aria-hidden />;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function times(_: uPlot, ticks: number[]): string[] {
  return ticks.map((tick) => {
    const at = new Date(tick * 1_000);
    return at.getHours() === 0 && at.getMinutes() === 0 ? day.format(at) : clock.format(at);
  });
}
