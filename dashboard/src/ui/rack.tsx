import type { PoolStatus } from "../api/types.ts";
import { counted } from "../format.ts";

/** Up to here each instance has a tick of its own; beyond, a status is a bar in proportion. */
const TICKS_MAX = 140;
/** Where few instances are, a tick is no wider than this. */
const TICK_PIXELS = 17;
const HEIGHT = 30;

export interface Part {
  tone: string;
  count: number;
  outline?: boolean;
}

export interface RackPicture {
  parts: Part[];
  /** All places, with those that are still missing. */
  places: number;
  /** How many idle ones are wanted: where the notch stands. */
  target: number;
}

/** Idle ones from the left up to the notch, what is missing as free places, then those that serve, then the unwell. */
export function rackOf(status: PoolStatus): RackPicture {
  const idle = status.ready + status.starting;
  const missing = Math.max(0, status.desired - idle);
  const parts: Part[] = [
    { tone: "tone-ready", count: status.ready },
    { tone: "tone-starting", count: status.starting, outline: true },
    { tone: "free", count: missing },
    { tone: "tone-claiming", count: status.claiming },
    { tone: "tone-claimed", count: status.claimed },
    { tone: "tone-stuck", count: status.stuck },
    { tone: "tone-destroying", count: status.destroying },
  ].filter((part) => part.count > 0);
  return { parts, places: parts.reduce((sum, part) => sum + part.count, 0), target: status.desired };
}

function sentenceOf(status: PoolStatus): string {
  const others = (["starting", "claiming", "claimed", "stuck", "destroying"] as const)
    .filter((name) => status[name] > 0)
    .map((name) => `${status[name]} ${name}`);
  const ready = `${status.ready} ready of ${counted(status.desired, "idle agent")} wanted`;
  return [ready, ...others].join(", ");
}

/** A pool as one line: reads at a glance. */
export function Rack({ status }: { status: PoolStatus }) {
  const { parts, places, target } = rackOf(status);
  const width = 1000;
  const tick = width / Math.max(1, places);
  const single = places <= TICKS_MAX;
  let at = 0;
  const shapes = parts.flatMap((part) => {
    const first = at;
    at += part.count;
    const boxes = single
      ? Array.from({ length: part.count }, (_, index) => [(first + index) * tick, tick * 0.74] as const)
      : [[first * tick, part.count * tick] as const];
    return boxes.map(([x, w]) => (
      <g key={`${part.tone} ${x}`} className={part.tone}>
        <rect
          x={x}
          y={part.outline ? 5 : 4}
          width={w}
          height={part.outline ? 20 : 22}
          className={part.outline ? "outline" : part.tone === "free" ? "free" : undefined}
          vectorEffect="non-scaling-stroke"
        />
      </g>
    ));
  });
  const notch = Math.min(width, target * tick - (single ? tick * 0.13 : 0));
  return (
    <svg
      className="rack"
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
      style={{ maxWidth: single ? Math.max(1, places) * TICK_PIXELS : undefined }}
      role="img"
      aria-label={sentenceOf(status)}
    >
      {places === 0 && <rect x={0} y={4} width={width} height={22} className="free" />}
      {shapes}
      {places > 0 && target > 0 && (
        <line className="notch" x1={notch} x2={notch} y1={0} y2={HEIGHT} vectorEffect="non-scaling-stroke" />
      )}
    </svg>
  );
}
