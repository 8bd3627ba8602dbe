import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { getPool, previewPool, putPool } from "../../api/calls.ts";
import { Problem, sentence } from "../../api/problem.ts";
import type { Pool, PoolSpec } from "../../api/types.ts";
import { usePool } from "../../queries.ts";
import { useMay } from "../../session.tsx";
import { Button } from "../../ui/button.tsx";
import { Failed, Ghosts, Note } from "../../ui/states.tsx";
import { useSay } from "../../ui/toasts.tsx";
import { SpecFields } from "./fields.tsx";
import { Preview } from "./preview.tsx";
import { changesOf, draftOf, isReadable, specOf } from "./spec.ts";

export function PoolSettings({ name }: { name: string }) {
  const pool = usePool(name);
  if (pool.data) return <Editor key={name} pool={pool.data.body} version={pool.data.etag} />;
  if (pool.error) return <Failed what={`pool ${name}`} error={pool.error} again={() => pool.refetch()} />;
  return <Ghosts lines={6} height="2rem" />;
}

function Editor({ pool, version }: { pool: Pool; version: string | null }) {
  const client = useQueryClient();
  const say = useSay();
  const operator = useMay("operator");
  // What is edited, and the version it began with: what others save meanwhile must not be lost unseen.
  const [base, setBase] = useState({ spec: pool.spec, version });
  const [draft, setDraft] = useState(() => draftOf(pool.spec));
  const spec = specOf(draft, base.spec);
  const changes = changesOf(base.spec, spec);
  const readable = isReadable(spec);
  const startOver = (from: PoolSpec, at: string | null) => {
    setBase({ spec: from, version: at });
    setDraft(draftOf(from));
  };
  useEffect(() => {
    // An untouched form follows what others save.
    if (changes.length === 0 && version !== base.version) {
      setBase({ spec: pool.spec, version });
      setDraft(draftOf(pool.spec));
    }
  }, [changes.length, version, base.version, pool.spec]);
  const save = useMutation({
    mutationFn: () => putPool(pool.name, spec, base.version),
    onSuccess: async (saved) => {
      say(`Pool ${saved.name} is saved.`);
      const fresh = await client.fetchQuery({
        queryKey: ["pool", pool.name],
        queryFn: () => getPool(pool.name),
      });
      startOver(fresh.body.spec, fresh.etag);
      void client.invalidateQueries({ queryKey: ["status"] });
    },
  });
  const draftKey = JSON.stringify(spec);
  const key = useSettled(draftKey);
  // What was found out about an earlier draft is not said of this one.
  const settled = key === draftKey;
  const preview = useQuery({
    queryKey: ["preview", pool.name, key],
    queryFn: () => previewPool(pool.name, JSON.parse(key) as PoolSpec),
    enabled: settled && changes.length > 0 && readable,
    retry: false,
    staleTime: 0,
  });
  const problem = save.error ?? preview.error;
  const wrong = (field: string) => (problem instanceof Problem ? problem.field(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const conflict = save.error instanceof Problem && save.error.status === 412;
  return (
    <form className="columns" onSubmit={submit} aria-label={`Pool ${pool.name}`}>
      <fieldset className="stack form" disabled={!operator}>
        <SpecFields
          draft={draft}
          onChange={(change) => setDraft((now) => ({ ...now, ...change }))}
          wrong={wrong}
        />
      </fieldset>
      <aside className="stack before-saving" aria-label="Before saving">
        <Preview
          changes={changes}
          readable={readable}
          preview={settled ? preview.data : undefined}
          waiting={!settled || preview.isFetching}
          error={settled ? preview.error : null}
        />
        {save.error && (
          <Note
            tone="bad"
            title={conflict ? "Somebody else changed this pool meanwhile" : "It was not saved"}
            action={conflict && <Button onClick={() => startOver(pool.spec, version)}>Start over</Button>}
          >
            <p>{sentence(save.error)}.</p>
          </Note>
        )}
        <div className="actions">
          <Button
            type="submit"
            look="first"
            busy={save.isPending}
            disabled={!operator || changes.length === 0 || !readable}
          >
            Save
          </Button>
          <Button
            look="plain"
            disabled={changes.length === 0}
            onClick={() => startOver(base.spec, base.version)}
          >
            Undo
          </Button>
        </div>
        {!operator && <p className="quiet">Your key may look. Changing a pool needs the role operator.</p>}
      </aside>
    </form>
  );
}

const SETTLE_MILLISECONDS = 350;

/** The value once it has stayed the same for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
