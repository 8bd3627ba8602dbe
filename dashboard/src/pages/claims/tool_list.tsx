import type { ClaimTool } from "../../api/types.ts";
import { useTools } from "../../queries.ts";
import { Status, WithCopy } from "../../ui/bits.tsx";

/** The tools of a claim: how far each is, and what it got. */
export function ToolList({ tools }: { tools: ClaimTool[] }) {
  const known = useTools();
  const name = (id: string) => known.data?.items.find((tool) => tool.toolId === id)?.name ?? id;
  return (
    <ul className="stack tight">
      {tools.map((tool) => (
        <li key={tool.toolId}>
          <div className="section-head">
            <strong>{name(tool.toolId)}</strong>
            <Status of={tool.phase} />
          </div>
          <p className="small quiet">
            {tool.provisioning === "pool" ? "made by the pool" : "brought by the user"}
          </p>
          {tool.resourceId && <WithCopy text={tool.resourceId} what={name(tool.toolId)} />}
          {tool.error && <p className="small">{tool.error}</p>}
        </li>
      ))}
    </ul>
  );
}
