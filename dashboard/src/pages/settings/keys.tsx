import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createKey, deleteKey, listKeys } from "../../api/calls.ts";
import { Problem, sentence } from "../../api/problem.ts";
import type { Key, Role } from "../../api/types.ts";
import { Age, WithCopy } from "../../ui/bits.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm, Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Empty, Failed, Note } from "../../ui/states.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useSay } from "../../ui/toasts.tsx";

const ROLES: [Role, string][] = [
  ["viewer", "reads"],
  ["claimer", "claims and releases"],
  ["operator", "sets targets, destroys, edits templates"],
  ["admin", "everything, keys among it"],
];

/** The keys of this API. Only an admin sees them. */
export function Keys() {
  const say = useSay();
  const client = useQueryClient();
  const keys = useQuery({ queryKey: ["keys"], queryFn: listKeys });
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const columns: Column<Key>[] = [
    { id: "name", title: "Name", cell: (row) => row.name },
    { id: "role", title: "Role", width: "7rem", cell: (row) => row.role },
    {
      id: "age",
      title: "Age",
      width: "5rem",
      number: true,
      from: "middle",
      cell: (row) => <Age at={row.createdAt} />,
    },
    {
      id: "revoke",
      title: "",
      width: "6.5rem",
      number: true,
      cell: (row) => (
        <Button
          className="tiny"
          look="danger"
          aria-label={`Revoke ${row.name}`}
          onClick={() => setRevoking(row)}
        >
          Revoke
        </Button>
      ),
    },
  ];
  return (
    <section className="stack tight" aria-label="API keys">
      <div className="section-head">
        <h2>API keys</h2>
        <Button onClick={() => setMaking(true)}>New key</Button>
      </div>
      {keys.error && !keys.data ? (
        <Failed what="the keys" error={keys.error} again={() => keys.refetch()} />
      ) : (
        <Table
          label="API keys"
          columns={columns}
          rows={keys.data?.items ?? []}
          rowKey={(row) => row.keyId}
          loading={keys.isPending}
          empty={
            <Empty title="Only the key of the configuration">
              Make one for each person and program, so that the journal says who did what.
            </Empty>
          }
        />
      )}
      {making && <NewKey onClose={() => setMaking(false)} />}
      {revoking && (
        <Confirm
          title={`Revoke the key ${revoking.name}?`}
          act={`Revoke ${revoking.name}`}
          danger
          run={() => deleteKey(revoking.keyId)}
          onDone={() => {
            setRevoking(null);
            say(`The key ${revoking.name} opens nothing any more.`);
            void client.invalidateQueries({ queryKey: ["keys"] });
          }}
          onClose={() => setRevoking(null)}
        >
          <p>Whoever uses it is locked out at once. Another one can be made, this one cannot come back.</p>
        </Confirm>
      )}
    </section>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("claimer");
  const make = useMutation({
    mutationFn: () => createKey(name.trim(), role),
    onSuccess: () => client.invalidateQueries({ queryKey: ["keys"] }),
  });
  if (make.data?.key) {
    return (
      <Dialog title={`The key ${make.data.name}`} onClose={onClose}>
        <Note tone="warn">It is shown this once and kept nowhere. Copy it now.</Note>
        <WithCopy text={make.data.key} what="the key" />
        <div className="actions">
          <Button look="first" onClick={onClose}>
            I have it
          </Button>
        </div>
      </Dialog>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog title="New key" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField
          label="Name"
          hint="Of the person or program; the journal says it."
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
          wrong={make.error instanceof Problem ? make.error.field("name") : undefined}
        />
        <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value as Role)}>
          {ROLES.map(([value, what]) => (
            <option key={value} value={value}>{`${value}: ${what}`}</option>
          ))}
        </SelectField>
        {make.error && <Note tone="bad">{sentence(make.error)}.</Note>}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="first" busy={make.isPending} disabled={name.trim() === ""}>
            Make the key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
