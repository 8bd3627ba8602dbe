import { sentence } from "../../api/problem.ts";
import type { PoolPreview } from "../../api/types.ts";
import { counted } from "../../format.ts";
import { Note } from "../../ui/states.tsx";
import type { Change } from "./spec.ts";

interface Props {
  changes: Change[];
  readable: boolean;
  preview: PoolPreview | undefined;
  waiting: boolean;
  error: unknown;
}

/** What saving would do, as the planner says it. */
export function Preview({ changes, readable, preview, waiting, error }: Props) {
  if (changes.length === 0)
    return <Note title="Nothing is changed">Change a value and see what the pool would do.</Note>;
  return (
    <section className="sheet pad stack tight" aria-label="Preview" aria-live="polite" aria-busy={waiting}>
      <h2>What would change</h2>
      <ul>
        {changes.map((change) => (
          <li key={change.name}>
            {change.name}: <span className="quiet">{change.from}</span> → <strong>{change.to}</strong>
          </li>
        ))}
      </ul>
      {!readable ? (
        <p className="tone-text-bad">A number is missing.</p>
      ) : error ? (
        <p className="tone-text-bad">{`The pool refuses this: ${sentence(error)}.`}</p>
      ) : preview ? (
        <Plan of={preview} />
      ) : (
        <p className="quiet">Asking the planner</p>
      )}
    </section>
  );
}

const IDS_SHOWN = 6;

function Plan({ of: it }: { of: PoolPreview }) {
  const rest = it.destroy.length - IDS_SHOWN;
  return (
    <>
      <p className="plan">
        {it.create > 0 && <strong>{`${counted(it.create, "agent")} would be created. `}</strong>}
        {it.destroy.length > 0 && (
          <strong>{`${counted(it.destroy.length, "idle agent")} would be destroyed. `}</strong>
        )}
        {it.create === 0 && it.destroy.length === 0 && (
          <strong>No agent would be created or destroyed. </strong>
        )}
        <span className="quiet">{it.plan.reason}</span>
      </p>
      {it.destroy.length > 0 && (
        <p className="small">
          <code>{it.destroy.slice(0, IDS_SHOWN).join(" ")}</code>
          {rest > 0 && ` and ${rest} more`}
        </p>
      )}
    </>
  );
}
