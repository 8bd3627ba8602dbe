import type { Condition } from "../api/types.ts";
import { Age } from "./bits.tsx";

export function ConditionList({ of }: { of: Condition[] }) {
  if (of.length === 0) return <p className="quiet">None is known.</p>;
  return (
    <ul className="stack tight">
      {of.map((condition) => (
        <li key={condition.type}>
          <strong>{condition.type}</strong>{" "}
          <span className="quiet">{condition.status.toLowerCase()}, for </span>
          <span className="quiet">
            <Age at={condition.lastTransitionTime} />
          </span>
          <p>{condition.message || condition.reason}</p>
        </li>
      ))}
    </ul>
  );
}
