import { lazy, type ReactNode, Suspense, useState } from "react";
import type { Line } from "./plot.tsx";
import type { Row } from "./series.ts";

/** The charts' script comes when the first chart is shown. */
const Plot = lazy(() => import("./plot.tsx"));

interface Props {
  title: string;
  /** The same in words. */
  summary: ReactNode;
  data: Row[];
  /** What the legend says where the pointer is; the data may be piled. */
  shown?: Row[];
  lines: Line[];
  value: (value: number) => string;
  span: [number, number];
  group: string;
  whole?: boolean;
}

/** A chart with its legend, which shows the values under the pointer, and its meaning in words. */
export function Figure({ title, summary, data, shown = data, lines, value, span, group, whole }: Props) {
  const [at, setAt] = useState<number | null>(null);
  return (
    <figure className="chart">
      <figcaption className="stack tight">
        <h3>{title}</h3>
        <p className="small quiet">{summary}</p>
      </figcaption>
      <Suspense fallback={<div className="plot" />}>
        <Plot
          data={data}
          lines={lines}
          value={value}
          span={span}
          group={group}
          whole={whole}
          onPoint={setAt}
        />
      </Suspense>
      <div className="legend" aria-hidden>
        {lines.map((line, index) => {
          const here = at === null ? null : shown[index + 1]?.[at];
          return (
            <span key={line.label}>
              <i style={{ background: `var(${line.color})` }} />
              {line.label}
              {here !== null && here !== undefined && <strong>{value(here)}</strong>}
            </span>
          );
        })}
      </div>
    </figure>
  );
}
