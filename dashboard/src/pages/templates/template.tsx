import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { deleteTemplate, setVisibility } from "../../api/calls.ts";
import type { Template } from "../../api/types.ts";
import { useTemplate, useTools } from "../../queries.ts";
import { useMay } from "../../session.tsx";
import { Facts, Moment, PageHead, WithCopy } from "../../ui/bits.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { shortId } from "../../ui/object_link.tsx";
import { Failed, Ghosts } from "../../ui/states.tsx";
import { useSay } from "../../ui/toasts.tsx";

export function TemplatePage({ id }: { id: string }) {
  const template = useTemplate(id);
  const back = <Link href="/templates">Templates</Link>;
  if (!template.data) {
    return (
      <>
        <PageHead title="Template" back={back} />
        {template.error ? (
          <Failed what="this template" error={template.error} again={() => template.refetch()} />
        ) : (
          <Ghosts lines={6} />
        )}
      </>
    );
  }
  const it = template.data.body;
  return (
    <>
      <PageHead
        title={it.agentName}
        back={back}
        lead={it.visibility === "public" ? "Every claimer sees it" : "Only operators and its creator see it"}
      >
        <Actions template={it} />
      </PageHead>
      <div className="columns">
        <section className="stack tight" aria-label="Instructions">
          <h2>Instructions</h2>
          <p className="prose">{it.instructions}</p>
        </section>
        <section className="sheet pad" aria-label="Facts">
          <TemplateFacts of={it} />
        </section>
      </div>
    </>
  );
}

function TemplateFacts({ of: it }: { of: Template }) {
  const tools = useTools();
  const name = (id: string) => tools.data?.items.find((tool) => tool.toolId === id)?.name ?? id;
  return (
    <Facts
      of={[
        [
          "Template",
          <WithCopy key="id" text={it.templateId} what="the template id">
            <code>{shortId(it.templateId)}</code>
          </WithCopy>,
        ],
        [
          "Model",
          it.model && (
            <span key="model">
              <code>{it.model.default}</code>
              {it.model.allow_override && <span className="quiet">, claims may choose</span>}
            </span>
          ),
        ],
        [
          "Tools",
          it.tools.length > 0 && (
            <ul key="tools">
              {it.tools.map((tool) => (
                <li key={tool.id}>
                  {name(tool.id)}{" "}
                  <span className="quiet">
                    {tool.provisioning === "pool" ? "made by the pool" : "brought by the user"}
                  </span>
                </li>
              ))}
            </ul>
          ),
        ],
        ["Creator", it.creatorId && <WithCopy text={it.creatorId} what="the creator" />],
        ["Made", <Moment key="made" at={it.createdAt} />],
        ["Changed", <Moment key="changed" at={it.updatedAt} />],
      ]}
    />
  );
}

function Actions({ template }: { template: Template }) {
  const [, go] = useLocation();
  const operator = useMay("operator");
  const claimer = useMay("claimer");
  const client = useQueryClient();
  const say = useSay();
  const [asking, setAsking] = useState<"publish" | "delete" | null>(null);
  const isPublic = template.visibility === "public";
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["template", template.templateId] });
    void client.invalidateQueries({ queryKey: ["templates"] });
  };
  return (
    <>
      {claimer && (
        <ButtonLink to={`/claims/new?template=${template.templateId}`} look="first">
          Claim one
        </ButtonLink>
      )}
      {operator && (
        <>
          <ButtonLink to={`/templates/${template.templateId}/edit`}>Edit</ButtonLink>
          <Button onClick={() => setAsking("publish")}>{isPublic ? "Unpublish" : "Publish"}</Button>
          <Button look="danger" onClick={() => setAsking("delete")}>
            Delete
          </Button>
        </>
      )}
      {asking === "publish" && (
        <Confirm
          title={isPublic ? `Unpublish ${template.agentName}?` : `Publish ${template.agentName}?`}
          act={isPublic ? "Unpublish" : "Publish"}
          run={() => setVisibility(template.templateId, isPublic ? "private" : "public")}
          onDone={() => {
            setAsking(null);
            say(isPublic ? `${template.agentName} is private now.` : `${template.agentName} is published.`);
            refresh();
          }}
          onClose={() => setAsking(null)}
        >
          <p>
            {isPublic
              ? "Claimers will no longer find it. Agents that were made from it stay."
              : "Everybody with a claimer's key will see its instructions and can claim agents from it."}
          </p>
        </Confirm>
      )}
      {asking === "delete" && (
        <Confirm
          title={`Delete ${template.agentName}?`}
          act={`Delete ${template.agentName}`}
          danger
          run={() => deleteTemplate(template.templateId)}
          onDone={() => {
            say(`${template.agentName} is deleted.`);
            void client.invalidateQueries({ queryKey: ["templates"] });
            go("/templates");
          }}
          onClose={() => setAsking(null)}
        >
          <p>Nothing more can be claimed from it. Agents that were made from it stay.</p>
        </Confirm>
      )}
    </>
  );
}
