import { Check, Copy as CopySign } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useAtNow } from "../clock.ts";
import { age, fullMoment, moment, words } from "../format.ts";

/** A state as a shape and a word: colour alone says nothing. */
export function Status({ of, label }: { of: string; label?: string }) {
  return (
    <span className={`status tone-${of}`}>
      <i aria-hidden />
      {label ?? words(of)}
    </span>
  );
}

/** How long since, or `ago`, with the whole moment on hover. */
export function Age({ at, ago = false }: { at: string; ago?: boolean }) {
  const since = useAtNow((now) => age(at, now));
  return (
    <time dateTime={at} onPointerEnter={tellMoment}>
      {ago && since !== "now" ? `${since} ago` : since}
    </time>
  );
}

export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} onPointerEnter={tellMoment}>
      {useAtNow((now) => moment(at, now))}
    </time>
  );
}

/** Says the whole moment to who points at it; for thousands of cells it would cost too much before. */
function tellMoment({ currentTarget }: { currentTarget: HTMLTimeElement }) {
  currentTarget.title = fullMoment(currentTarget.dateTime);
}

const COPIED_MILLISECONDS = 1_600;

/** Copies a text; the sign says that it did. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className="button plain tiny icon"
      aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
      title={copied ? "Copied" : `Copy ${what}`}
      onClick={(event) => {
        event.stopPropagation();
        void navigator.clipboard?.writeText(text).then(() => setCopied(true));
      }}
    >
      {copied ? <Check aria-hidden /> : <CopySign aria-hidden />}
    </button>
  );
}

export function WithCopy({ text, what, children }: { text: string; what: string; children?: ReactNode }) {
  return (
    <span className="with-copy">
      {children ?? <code>{text}</code>}
      <Copy text={text} what={what} />
    </span>
  );
}

/** Words and values beside each other; what is not there is left out. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {of
        .filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
        .map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** The head of a page; its title is the window's too. */
export function PageHead({
  title,
  lead,
  back,
  children,
}: {
  title: string;
  lead?: ReactNode;
  back?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · convos-agents`;
  }, [title]);
  return (
    <header className="page-head">
      <div>
        {back && <div className="back">{back}</div>}
        <h1>{title}</h1>
        {lead && <div className="lead">{lead}</div>}
      </div>
      {children && <div className="actions">{children}</div>}
    </header>
  );
}
