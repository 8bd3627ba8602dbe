import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import { createTemplate, putTemplate } from "../../api/calls.ts";
import { Problem, sentence } from "../../api/problem.ts";
import type { Provisioning, Template, TemplateRequest, Tool } from "../../api/types.ts";
import { useTemplate, useTools } from "../../queries.ts";
import { PageHead } from "../../ui/bits.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { AreaField, CheckField, TextField } from "../../ui/field.tsx";
import { Failed, Ghosts, Note } from "../../ui/states.tsx";
import { useSay } from "../../ui/toasts.tsx";
import { diff, folded } from "./diff.ts";

export function NewTemplatePage() {
  return (
    <>
      <PageHead title="New template" back={<Link href="/templates">Templates</Link>} />
      <Editor version={null} />
    </>
  );
}

export function EditTemplatePage({ id }: { id: string }) {
  const template = useTemplate(id);
  const back = <Link href={`/templates/${id}`}>{template.data?.body.agentName ?? "Template"}</Link>;
  return (
    <>
      <PageHead
        title="Edit template"
        back={back}
        lead="Agents that were made from it are told when it is saved."
      />
      {template.data ? (
        <Editor template={template.data.body} version={template.data.etag} />
      ) : template.error ? (
        <Failed what="this template" error={template.error} again={() => template.refetch()} />
      ) : (
        <Ghosts lines={6} height="2rem" />
      )}
    </>
  );
}

interface Draft {
  agentName: string;
  instructions: string;
  model: string;
  override: boolean;
  tools: Record<string, Provisioning>;
}

const draftOf = (template?: Template): Draft => ({
  agentName: template?.agentName ?? "",
  instructions: template?.instructions ?? "",
  model: template?.model?.default ?? "",
  override: template?.model?.allow_override ?? false,
  tools: Object.fromEntries((template?.tools ?? []).map((tool) => [tool.id, tool.provisioning])),
});

const requestOf = (draft: Draft, template?: Template): TemplateRequest => ({
  creatorId: template?.creatorId,
  agentName: draft.agentName.trim(),
  instructions: draft.instructions,
  model:
    draft.model.trim() === "" ? undefined : { default: draft.model.trim(), allow_override: draft.override },
  tools: Object.entries(draft.tools).map(([id, provisioning]) => ({ id, provisioning })),
  visibility: template?.visibility,
});

/** Everything of a template that a person can change, as text that can be compared. */
function textOf(draft: Draft): string {
  const tools = Object.entries(draft.tools).map(
    ([id, provisioning]) =>
      `Tool: ${id}, ${provisioning === "pool" ? "made by the pool" : "brought by the user"}`,
  );
  const model =
    draft.model === "" ? [] : [`Model: ${draft.model}${draft.override ? ", claims may choose" : ""}`];
  return [`Name: ${draft.agentName}`, ...model, ...tools.sort(), "", draft.instructions].join("\n");
}

function Editor({ template, version }: { template?: Template; version: string | null }) {
  const [, go] = useLocation();
  const client = useQueryClient();
  const say = useSay();
  const tools = useTools();
  const [draft, setDraft] = useState(() => draftOf(template));
  // The version that is edited: what others save meanwhile must not be lost unseen.
  const [edited] = useState(version);
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const save = useMutation({
    mutationFn: () =>
      template
        ? putTemplate(template.templateId, requestOf(draft, template), edited)
        : createTemplate(requestOf(draft)),
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: ["template", saved.templateId] });
      void client.invalidateQueries({ queryKey: ["templates"] });
      say(`${saved.agentName} is saved.`);
      go(`/templates/${saved.templateId}`);
    },
  });
  const wrong = (field: string) => (save.error instanceof Problem ? save.error.field(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const before = textOf(draftOf(template));
  const changed = before !== textOf(draft);
  return (
    <form className="stack form" onSubmit={submit}>
      <TextField
        label="Name of the agents"
        required
        maxLength={200}
        value={draft.agentName}
        onChange={(event) => set({ agentName: event.target.value })}
        wrong={wrong("agentName")}
      />
      <AreaField
        label="Instructions"
        required
        rows={12}
        maxLength={50_000}
        value={draft.instructions}
        onChange={(event) => set({ instructions: event.target.value })}
        wrong={wrong("instructions")}
      />
      <TextField
        label="Model (optional)"
        value={draft.model}
        onChange={(event) => set({ model: event.target.value })}
        hint="The pool's own when left empty."
        wrong={wrong("model")}
        spellCheck={false}
      />
      {draft.model !== "" && (
        <CheckField
          label="A claim may choose another model"
          checked={draft.override}
          onChange={(event) => set({ override: event.target.checked })}
        />
      )}
      <fieldset>
        <legend>Tools</legend>
        {tools.data?.items
          .filter((tool) => !tool.always)
          .map((tool) => (
            <ToolChoice
              key={tool.toolId}
              tool={tool}
              chosen={draft.tools[tool.toolId]}
              onChoose={(chosen) => set({ tools: withTool(draft.tools, tool.toolId, chosen) })}
            />
          ))}
      </fieldset>
      {template && changed && <Difference before={before} after={textOf(draft)} />}
      {save.error && (
        <Note
          tone="bad"
          title={
            save.error instanceof Problem && save.error.status === 412
              ? "Somebody else changed it meanwhile"
              : "It was not saved"
          }
        >
          <p>{sentence(save.error)}.</p>
        </Note>
      )}
      <div className="actions">
        <Button type="submit" look="first" busy={save.isPending} disabled={!changed}>
          {template ? "Save changes" : "Create template"}
        </Button>
        <ButtonLink to={template ? `/templates/${template.templateId}` : "/templates"} look="plain">
          Cancel
        </ButtonLink>
      </div>
    </form>
  );
}

function withTool(tools: Draft["tools"], id: string, chosen: Provisioning | undefined): Draft["tools"] {
  const { [id]: _, ...rest } = tools;
  return chosen === undefined ? rest : { ...rest, [id]: chosen };
}

const WAYS: Record<Provisioning, string> = {
  pool: "The pool makes an account",
  user: "The user brings an account",
};

function ToolChoice({
  tool,
  chosen,
  onChoose,
}: {
  tool: Tool;
  chosen: Provisioning | undefined;
  onChoose: (chosen: Provisioning | undefined) => void;
}) {
  const trouble = !tool.configured ? "not set up here" : tool.problem;
  return (
    <div className="section-head">
      <span>
        {tool.name} {trouble && <span className="small quiet">{trouble}</span>}
      </span>
      <select
        className="input tool-choice"
        aria-label={tool.name}
        value={chosen ?? ""}
        onChange={(event) => onChoose((event.target.value || undefined) as Provisioning | undefined)}
      >
        <option value="">Without</option>
        {tool.provisioning.map((way) => (
          <option key={way} value={way}>
            {WAYS[way]}
          </option>
        ))}
      </select>
    </div>
  );
}

function Difference({ before, after }: { before: string; after: string }) {
  const lines = folded(diff(before, after));
  const signs = { same: " ", added: "+", removed: "−", skipped: "…" };
  return (
    <section className="stack tight" aria-label="What changes">
      <h2>What changes</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className="diff" tabIndex={0} aria-label="Difference, line by line">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
          <div key={index} className={line.kind}>{`${signs[line.kind]} ${line.text}`}</div>
        ))}
      </section>
    </section>
  );
}
