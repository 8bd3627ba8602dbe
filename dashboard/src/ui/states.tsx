import { RotateCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { sentence } from "../api/problem.ts";
import { Button } from "./button.tsx";

/** Nothing is here, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** Something could not be read. */
export function Failed({ what, error, again }: { what: string; error: unknown; again?: () => void }) {
  return (
    <div className="note tone-bad" role="alert">
      <TriangleAlert aria-hidden />
      <div>
        <h3>{`Could not read ${what}`}</h3>
        <p>{sentence(error)}.</p>
      </div>
      {again && (
        <Button onClick={again}>
          <RotateCw aria-hidden /> Try again
        </Button>
      )}
    </div>
  );
}

/** The place of something that is still on its way, at its final size. */
export function Ghost({ width = "100%", height = "1em" }: { width?: string; height?: string }) {
  return <span className="ghost" style={{ width, height }} />;
}

export function Ghosts({ lines, height = "1.1em" }: { lines: number; height?: string }) {
  return (
    <div className="stack tight" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <Ghost key={line} height={height} width={`${92 - ((line * 17) % 40)}%`} />
      ))}
    </div>
  );
}

type Tone = "good" | "warn" | "bad" | "none";

/** A sentence that stands out. */
export function Note({
  tone = "none",
  title,
  children,
  action,
}: {
  tone?: Tone;
  title?: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={`note tone-${tone}`}>
      <div>
        {title && <h3>{title}</h3>}
        {children}
      </div>
      {action}
    </div>
  );
}
