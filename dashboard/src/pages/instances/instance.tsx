import { Link } from "wouter";
import type { Instance } from "../../api/types.ts";
import { useClaim, useExplanation, useInstance } from "../../queries.ts";
import { Age, Facts, Moment, PageHead, Status, WithCopy } from "../../ui/bits.tsx";
import { ConditionList } from "../../ui/conditions.tsx";
import { shortId } from "../../ui/object_link.tsx";
import { Failed, Ghosts, Note } from "../../ui/states.tsx";
import { Timeline } from "../../ui/timeline.tsx";
import { ToolList } from "../claims/tool_list.tsx";
import { InstanceActions } from "./actions.tsx";

export function InstancePage({ id }: { id: string }) {
  const instance = useInstance(id);
  const explanation = useExplanation("instances", id);
  const back = <Link href="/instances">Instances</Link>;
  if (instance.error && !instance.data) {
    return (
      <>
        <PageHead title={id} back={back} />
        <Failed what="this instance" error={instance.error} again={() => instance.refetch()} />
      </>
    );
  }
  if (!instance.data || explanation.isPending) {
    return (
      <>
        <PageHead title={id} back={back} />
        <Ghosts lines={6} />
      </>
    );
  }
  const it = instance.data;
  return (
    <>
      <PageHead title={it.name} back={back} lead={<Lead of={it} />}>
        <InstanceActions instance={it} />
      </PageHead>
      {it.failure && (
        <Note tone="bad" title={it.failure.code}>
          {it.failure.message}
        </Note>
      )}
      {explanation.data && (
        <Note title={`Next: ${explanation.data.plan.step}`}>
          <p>{`${explanation.data.plan.reason}; looks again ${explanation.data.plan.again}.`}</p>
        </Note>
      )}
      <div className="columns">
        <section className="stack" aria-label="Timeline">
          <h2>Timeline</h2>
          {explanation.data ? (
            <Timeline events={explanation.data.timeline} />
          ) : explanation.error ? (
            <Failed what="its timeline" error={explanation.error} again={() => explanation.refetch()} />
          ) : (
            <Ghosts lines={6} />
          )}
        </section>
        <div className="stack">
          <section className="sheet pad stack" aria-label="Facts">
            <InstanceFacts of={it} />
          </section>
          {it.claimId && <ClaimTools id={it.claimId} />}
          <section className="stack tight" aria-label="Conditions">
            <h2>Conditions</h2>
            <ConditionList of={it.conditions} />
          </section>
        </div>
      </div>
    </>
  );
}

function Lead({ of: it }: { of: Instance }) {
  return (
    <>
      <Status of={it.status} /> for <Age at={it.statusSince} />
      {it.protected && ", protected"}
    </>
  );
}

function InstanceFacts({ of: it }: { of: Instance }) {
  return (
    <Facts
      of={[
        ["Instance", <WithCopy key="id" text={it.instanceId} what="the instance id" />],
        ["Pool", it.pool],
        ["Deployment", <Status key="deploy" of={it.deployStatus} />],
        ["Last healthy", it.healthyAt && <Moment at={it.healthyAt} />],
        ["Address", it.url && <WithCopy text={it.url} what="the address" />],
        ["Image", it.image && <WithCopy text={it.image} what="the image" />],
        ["Runtime", it.runtimeVersion],
        ["Claim", it.claimId && <Link href={`/claims/${it.claimId}`}>{shortId(it.claimId)}</Link>],
        [
          "Template",
          it.templateId && <Link href={`/templates/${it.templateId}`}>{shortId(it.templateId)}</Link>,
        ],
        ["Owner", it.ownerId && <WithCopy text={it.ownerId} what="the owner" />],
        [
          "Invite",
          it.inviteUrl && (
            <span className="with-copy" key="invite">
              <a href={it.inviteUrl} target="_blank" rel="noreferrer">
                Open the conversation
              </a>
            </span>
          ),
        ],
        [
          "Clone of",
          it.parentInstance && <Link href={`/instances/${it.parentInstance}`}>{it.parentInstance}</Link>,
        ],
        ["Created", <Moment key="created" at={it.createdAt} />],
        ["Claimed", it.claimedAt && <Moment at={it.claimedAt} />],
        ["Template pushed", it.templateSyncedAt && <Moment at={it.templateSyncedAt} />],
      ]}
    />
  );
}

function ClaimTools({ id }: { id: string }) {
  const claim = useClaim(id);
  if (!claim.data || claim.data.tools.length === 0) return null;
  return (
    <section className="stack tight" aria-label="Tools">
      <h2>Tools</h2>
      <ToolList tools={claim.data.tools} />
    </section>
  );
}
