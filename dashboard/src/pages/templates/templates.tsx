import { useLocation } from "wouter";
import type { Template } from "../../api/types.ts";
import { useTemplates } from "../../queries.ts";
import { useMay } from "../../session.tsx";
import { Age, PageHead } from "../../ui/bits.tsx";
import { ButtonLink } from "../../ui/button.tsx";
import { Search } from "../../ui/filters.tsx";
import { useQueryState } from "../../ui/query_state.ts";
import { Empty, Failed } from "../../ui/states.tsx";
import { type Column, Table } from "../../ui/table.tsx";

const COLUMNS: Column<Template>[] = [
  { id: "name", title: "Agents", width: "14rem", cell: (row) => <strong>{row.agentName}</strong> },
  { id: "what", title: "What they do", from: "middle", cell: (row) => row.instructions },
  {
    id: "tools",
    title: "Tools",
    width: "12rem",
    from: "wide",
    cell: (row) => row.tools.map((tool) => tool.id).join(", "),
  },
  {
    id: "visibility",
    title: "Seen by",
    width: "8rem",
    cell: (row) => (row.visibility === "public" ? "every claimer" : "operators"),
  },
  { id: "age", title: "Changed", width: "5.5rem", number: true, cell: (row) => <Age at={row.updatedAt} /> },
];

const matches = (template: Template, text: string) =>
  [template.agentName, template.instructions, template.templateId, template.creatorId].some((it) =>
    it?.toLowerCase().includes(text),
  );

export function TemplatesPage() {
  const [, go] = useLocation();
  const [text, setText] = useQueryState("q");
  const operator = useMay("operator");
  const templates = useTemplates();
  const wanted = text.trim().toLowerCase();
  const rows = (templates.data?.items ?? []).filter((template) => wanted === "" || matches(template, wanted));
  return (
    <>
      <PageHead title="Templates" lead="Recipes that claims are made from.">
        {operator && (
          <ButtonLink to="/templates/new" look="first">
            New template
          </ButtonLink>
        )}
      </PageHead>
      <div className="filters">
        <Search value={text} onChange={setText} placeholder="Name, instructions, creator" />
      </div>
      {templates.error && !templates.data ? (
        <Failed what="the templates" error={templates.error} again={() => templates.refetch()} />
      ) : (
        <Table
          label="Templates"
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => row.templateId}
          rowLabel={(row) => row.agentName}
          onOpen={(row) => go(`/templates/${row.templateId}`)}
          loading={templates.isPending}
          empty={
            <Empty title={wanted === "" ? "No templates yet" : "None like this"}>
              {wanted === "" && (
                <p>
                  A template saves writing the same instructions for each claim, and says which tools an agent
                  gets.
                </p>
              )}
            </Empty>
          }
        />
      )}
    </>
  );
}
