import { useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { releaseClaim } from "../../api/calls.ts";
import type { Claim, JournalEvent } from "../../api/types.ts";
import { duration } from "../../format.ts";
import { useClaim, useExplanation } from "../../queries.ts";
import { useMay } from "../../session.tsx";
import { Age, Facts, Moment, PageHead, Status, WithCopy } from "../../ui/bits.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { ConditionList } from "../../ui/conditions.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { shortId } from "../../ui/object_link.tsx";
import { Failed, Ghosts, Note } from "../../ui/states.tsx";
import { Timeline } from "../../ui/timeline.tsx";
import { useSay } from "../../ui/toasts.tsx";
import { Invite } from "./invite.tsx";
import { stepsOf } from "./steps.ts";
import { ToolList } from "./tool_list.tsx";

export function ClaimPage({ id }: { id: string }) {
  const claim = useClaim(id);
  const explanation = useExplanation("claims", id);
  const back = <Link href="/claims">Claims</Link>;
  if (!claim.data || explanation.isPending) {
    return (
      <>
        <PageHead title="Claim" back={back} />
        {claim.error ? (
          <Failed what="this claim" error={claim.error} again={() => claim.refetch()} />
        ) : (
          <Ghosts lines={6} />
        )}
      </>
    );
  }
  const it = claim.data;
  return (
    <>
      <PageHead title={it.agentName} back={back} lead={<Lead of={it} />}>
        <Release claim={it} />
      </PageHead>
      {it.failure && (
        <Note
          tone={it.phase === "failed" ? "bad" : "none"}
          title={it.phase === "failed" ? "This claim failed" : "This claim has ended"}
          action={it.phase === "failed" && <ButtonLink to="/claims/new">Claim again</ButtonLink>}
        >
          <p>{it.failure.message}</p>
        </Note>
      )}
      <div className="columns">
        <div className="stack">
          <section className="sheet pad" aria-label="Steps">
            <Steps claim={it} timeline={explanation.data?.timeline ?? []} />
          </section>
          {it.inviteUrl && it.phase !== "released" && (
            <section className="sheet pad" aria-label="Invite">
              <Invite url={it.inviteUrl} name={it.agentName} />
            </section>
          )}
          <section className="stack" aria-label="Timeline">
            <h2>Timeline</h2>
            {explanation.data ? (
              <Timeline events={explanation.data.timeline} />
            ) : explanation.error ? (
              <Failed what="its timeline" error={explanation.error} again={() => explanation.refetch()} />
            ) : (
              <Ghosts lines={4} />
            )}
          </section>
        </div>
        <div className="stack">
          <section className="sheet pad" aria-label="Facts">
            <ClaimFacts of={it} />
          </section>
          {it.tools.length > 0 && (
            <section className="stack tight" aria-label="Tools">
              <h2>Tools</h2>
              <ToolList tools={it.tools} />
            </section>
          )}
          <section className="stack tight" aria-label="Conditions">
            <h2>Conditions</h2>
            <ConditionList of={it.conditions} />
          </section>
        </div>
      </div>
    </>
  );
}

function Lead({ of: it }: { of: Claim }) {
  const took = it.readyAt && duration(Date.parse(it.readyAt) - Date.parse(it.createdAt));
  return (
    <>
      <Status of={it.phase} /> {took ? `in ${took}, claimed ` : "claimed "}
      <Age at={it.createdAt} ago />
    </>
  );
}

/** The way to the invite, live. */
export function Steps({ claim, timeline }: { claim: Claim; timeline: JournalEvent[] }) {
  return (
    <ol className="steps" aria-live="polite">
      {stepsOf(claim, timeline).map((step) => (
        <li key={step.phase} data-state={step.state} aria-current={step.state === "now" ? "step" : undefined}>
          <span className="sign" aria-hidden>
            {step.state === "done" && <Check strokeWidth={3} />}
            {step.state === "failed" && <X strokeWidth={3} />}
          </span>
          <span>{step.title}</span>
          <span className="quiet">{step.note}</span>
        </li>
      ))}
    </ol>
  );
}

function Release({ claim }: { claim: Claim }) {
  const mayRelease = useMay("claimer");
  const client = useQueryClient();
  const say = useSay();
  const [asking, setAsking] = useState(false);
  if (!mayRelease || claim.phase === "released" || claim.phase === "failed") return null;
  const inLine = claim.phase === "pending";
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        {inLine ? "Leave the line" : "Release"}
      </Button>
      {asking && (
        <Confirm
          title={inLine ? `Give up the claim for ${claim.agentName}?` : `Release ${claim.agentName}?`}
          act={inLine ? "Give it up" : `Release ${claim.agentName}`}
          danger
          run={() => releaseClaim(claim.claimId)}
          onDone={() => {
            setAsking(false);
            say(
              inLine
                ? `The claim for ${claim.agentName} was given up.`
                : `${claim.agentName} is being released.`,
            );
            void client.invalidateQueries({ queryKey: ["claim", claim.claimId] });
            void client.invalidateQueries({ queryKey: ["claims"] });
          }}
          onClose={() => setAsking(false)}
        >
          <p>
            {inLine
              ? "It has no agent yet, so nothing else ends."
              : "Its agent is destroyed with everything that was made for it, and the conversation ends. This cannot be undone."}
          </p>
        </Confirm>
      )}
    </>
  );
}

function ClaimFacts({ of: it }: { of: Claim }) {
  return (
    <Facts
      of={[
        [
          "Claim",
          <WithCopy key="id" text={it.claimId} what="the claim id">
            <code>{shortId(it.claimId)}</code>
          </WithCopy>,
        ],
        ["Pool", it.pool],
        [
          "Instance",
          it.instanceId && (
            <Link href={`/instances/${it.instanceId}`}>
              <code>{it.instanceId}</code>
            </Link>
          ),
        ],
        [
          "Template",
          it.templateId && <Link href={`/templates/${it.templateId}`}>{shortId(it.templateId)}</Link>,
        ],
        ["Owner", it.ownerId && <WithCopy text={it.ownerId} what="the owner" />],
        ["Conversation", it.conversationId && <WithCopy text={it.conversationId} what="the conversation" />],
        ["Claimed", <Moment key="created" at={it.createdAt} />],
        ["Ready", it.readyAt && <Moment at={it.readyAt} />],
        ["Ends by itself", it.expiresAt && <Moment at={it.expiresAt} />],
      ]}
    />
  );
}
