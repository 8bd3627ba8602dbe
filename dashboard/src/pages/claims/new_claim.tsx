import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import { makeClaim } from "../../api/calls.ts";
import { Problem, sentence } from "../../api/problem.ts";
import type { ClaimRequest, Template, Tool } from "../../api/types.ts";
import { useStatus, useTemplates, useTools } from "../../queries.ts";
import { useMay } from "../../session.tsx";
import { PageHead } from "../../ui/bits.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { AreaField, SelectField, TextField } from "../../ui/field.tsx";
import { useQueryState } from "../../ui/query_state.ts";
import { Empty, Failed, Ghosts, Note } from "../../ui/states.tsx";
import { configOf, promptsOf, SchemaFields, type Values } from "./schema_fields.tsx";

export function NewClaimPage() {
  const mayClaim = useMay("claimer");
  const back = <Link href="/claims">Claims</Link>;
  return (
    <>
      <PageHead
        title="New claim"
        back={back}
        lead="Takes a ready agent out of the pool and makes it somebody."
      />
      {mayClaim ? (
        <Form />
      ) : (
        <Empty title="Your key may look, not claim">Ask for one with the role claimer.</Empty>
      )}
    </>
  );
}

interface Draft {
  agentName: string;
  instructions: string;
  model: string;
  pool: string;
  joinUrl: string;
}

const BLANK: Draft = { agentName: "", instructions: "", model: "", pool: "", joinUrl: "" };

/** The tools of a template whose accounts the user brings. */
function brought(template: Template | undefined, tools: Tool[]): Tool[] {
  const wanted = template?.tools.filter((tool) => tool.provisioning === "user").map((tool) => tool.id) ?? [];
  return tools.filter((tool) => wanted.includes(tool.toolId));
}

function requestOf(
  draft: Draft,
  template: Template | undefined,
  tools: Tool[],
  values: Record<string, Values>,
): ClaimRequest {
  const config = brought(template, tools).map(
    (tool) => [tool.toolId, configOf(promptsOf(tool.userConfigSchema), values[tool.toolId] ?? {})] as const,
  );
  return {
    ...(template
      ? { templateId: template.templateId }
      : { agentName: draft.agentName.trim(), instructions: draft.instructions }),
    model: draft.model.trim() || undefined,
    pool: draft.pool || undefined,
    joinUrl: draft.joinUrl.trim() || undefined,
    userConfig: config.length > 0 ? Object.fromEntries(config) : undefined,
  };
}

function Form() {
  const [, go] = useLocation();
  const client = useQueryClient();
  const [templateId, setTemplateId] = useQueryState("template");
  const templates = useTemplates();
  const tools = useTools();
  const status = useStatus();
  const [draft, setDraft] = useState(BLANK);
  const [values, setValues] = useState<Record<string, Values>>({});
  // A second press, or a press after an answer that was lost, is the same claim.
  const [idempotencyKey, renew] = useState<string>(() => crypto.randomUUID());

  const template = templates.data?.items.find((it) => it.templateId === templateId);
  const known = tools.data?.items ?? [];
  const claim = useMutation({
    mutationFn: () => makeClaim(requestOf(draft, template, known, values), idempotencyKey),
    onSuccess: (made) => {
      client.setQueryData(["claim", made.claimId], made);
      go(`/claims/${made.claimId}`);
    },
    onError: (error) => {
      // What was refused was not a claim yet; changed, it is another one.
      if (error instanceof Problem && error.status >= 400 && error.status < 500) renew(crypto.randomUUID());
    },
  });
  const wrong = (field: string) => (claim.error instanceof Problem ? claim.error.field(field) : undefined);
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    claim.mutate();
  };

  if (templates.error && !templates.data)
    return <Failed what="the templates" error={templates.error} again={() => templates.refetch()} />;
  if (!templates.data || tools.isPending || status.isPending) return <Ghosts lines={5} height="2rem" />;
  const mayChooseModel = template === undefined || template.model?.allow_override === true;
  const pools = status.data?.pools ?? [];
  return (
    <form className="stack form" onSubmit={submit}>
      <fieldset>
        <legend>What it shall be</legend>
        <TemplateChoice templates={templates.data.items} chosen={templateId} onChoose={setTemplateId} />
      </fieldset>
      {template === undefined && (
        <>
          <TextField
            label="Name"
            name="agentName"
            required
            maxLength={200}
            value={draft.agentName}
            onChange={(event) => set({ agentName: event.target.value })}
            wrong={wrong("agentName")}
          />
          <AreaField
            label="Instructions"
            name="instructions"
            required
            maxLength={50_000}
            value={draft.instructions}
            onChange={(event) => set({ instructions: event.target.value })}
            hint="What it shall do, and how it shall speak."
            wrong={wrong("instructions")}
          />
        </>
      )}
      {brought(template, known).map((tool) => (
        <fieldset key={tool.toolId} className="tool-prompt">
          <legend>{`${tool.name}: the user's own account`}</legend>
          <SchemaFields
            prompts={promptsOf(tool.userConfigSchema)}
            values={values[tool.toolId] ?? {}}
            onChange={(next) => setValues((now) => ({ ...now, [tool.toolId]: next }))}
            wrong={(name) => wrong(`userConfig.${tool.toolId}.${name}`)}
          />
        </fieldset>
      ))}
      {mayChooseModel && (
        <TextField
          label="Model (optional)"
          name="model"
          placeholder={template?.model?.default}
          value={draft.model}
          onChange={(event) => set({ model: event.target.value })}
          hint="The pool's own when left empty."
          wrong={wrong("model")}
          spellCheck={false}
        />
      )}
      {pools.length > 1 && (
        <SelectField
          label="Pool"
          value={draft.pool}
          onChange={(event) => set({ pool: event.target.value })}
          wrong={wrong("pool")}
        >
          <option value="">default</option>
          {pools
            .filter((pool) => pool.name !== "default")
            .map((pool) => (
              <option key={pool.name}>{pool.name}</option>
            ))}
        </SelectField>
      )}
      <TextField
        label="Conversation to join (optional)"
        name="joinUrl"
        type="url"
        value={draft.joinUrl}
        onChange={(event) => set({ joinUrl: event.target.value })}
        hint="Its invite link. A new conversation is made when left empty."
        wrong={wrong("joinUrl")}
        spellCheck={false}
      />
      {claim.error && (
        <Note tone="bad" title="The claim was refused">
          {sentence(claim.error)}.
        </Note>
      )}
      <div className="actions">
        <Button type="submit" look="first" busy={claim.isPending}>
          {claim.isPending ? "Claiming" : "Claim an agent"}
        </Button>
        <ButtonLink to="/claims" look="plain">
          Cancel
        </ButtonLink>
      </div>
    </form>
  );
}

function TemplateChoice({
  templates,
  chosen,
  onChoose,
}: {
  templates: Template[];
  chosen: string;
  onChoose: (id: string) => void;
}) {
  const known = templates.some((template) => template.templateId === chosen);
  return (
    <div className="templates">
      <label className="template-choice">
        <input type="radio" name="template" value="" checked={!known} onChange={() => onChoose("")} />
        <strong>In your own words</strong>
        <span className="about">A name and instructions, no tools beyond those that every agent has.</span>
      </label>
      {templates.map((template) => (
        <label key={template.templateId} className="template-choice">
          <input
            type="radio"
            name="template"
            value={template.templateId}
            checked={template.templateId === chosen}
            onChange={() => onChoose(template.templateId)}
          />
          <strong>{template.agentName}</strong>
          <span className="about">{template.instructions}</span>
          {template.tools.length > 0 && (
            <span className="tags">{template.tools.map((tool) => tool.id).join(", ")}</span>
          )}
        </label>
      ))}
    </div>
  );
}
