import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { destroyInstance, protectInstance, recheckInstance, redeployInstance } from "../../api/calls.ts";
import type { Instance } from "../../api/types.ts";
import { useMay } from "../../session.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { useSay } from "../../ui/toasts.tsx";

/** What an operator can do to an instance. Others do not see it. */
export function InstanceActions({ instance }: { instance: Instance }) {
  const operator = useMay("operator");
  const admin = useMay("admin");
  const client = useQueryClient();
  const say = useSay();
  const [asking, setAsking] = useState<"destroy" | "redeploy" | null>(null);
  const [busy, setBusy] = useState(false);
  if (!operator || instance.status === "deleted") return null;

  const id = instance.instanceId;
  const refresh = () =>
    Promise.all(
      [
        ["instance", id],
        ["explain", "instances", id],
      ].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
  const act = async (run: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await run();
      say(done);
      await refresh();
    } catch (error) {
      say.wrong(error);
    } finally {
      setBusy(false);
    }
  };
  const asked = (done: string) => () => {
    setAsking(null);
    say(done);
    void refresh();
  };
  const leaving = instance.status === "destroying";
  const serves = Boolean(instance.claimId);

  return (
    <>
      <Button
        busy={busy}
        onClick={() => act(() => recheckInstance(id), `${instance.name} is being looked at.`)}
      >
        Recheck
      </Button>
      <Button busy={busy} disabled={leaving} onClick={() => setAsking("redeploy")}>
        Redeploy
      </Button>
      <Button
        busy={busy}
        onClick={() =>
          act(
            () => protectInstance(id, !instance.protected),
            instance.protected
              ? `${instance.name} is no longer protected.`
              : `${instance.name} is protected.`,
          )
        }
      >
        {instance.protected ? "Unprotect" : "Protect"}
      </Button>
      <Button
        look="danger"
        disabled={leaving || (instance.protected && !admin)}
        title={instance.protected && !admin ? "It is protected; only an admin can destroy it" : undefined}
        onClick={() => setAsking("destroy")}
      >
        Destroy
      </Button>
      {asking === "redeploy" && (
        <Confirm
          title={`Redeploy ${instance.name}?`}
          act="Redeploy"
          run={() => redeployInstance(id)}
          onDone={asked(`${instance.name} is being redeployed.`)}
          onClose={() => setAsking(null)}
        >
          <p>
            Its container is made anew from the same image.{" "}
            {serves
              ? "Whoever it serves keeps it, and will miss it for a minute or two."
              : "Until it is healthy it cannot be claimed."}
          </p>
        </Confirm>
      )}
      {asking === "destroy" && (
        <Confirm
          title={`Destroy ${instance.name}?`}
          act={`Destroy ${instance.name}`}
          danger
          typed={serves ? instance.name : undefined}
          run={() => destroyInstance(id, instance.protected)}
          onDone={asked(`${instance.name} is being destroyed.`)}
          onClose={() => setAsking(null)}
        >
          <p>
            The container, its volume and everything that was made for it go: mailbox, number, wallet, keys.
            This cannot be undone.
          </p>
          {serves && <p>It serves a conversation, which ends for everybody in it.</p>}
          {instance.protected && (
            <p>It is protected. You are an admin, so it will be destroyed all the same.</p>
          )}
        </Confirm>
      )}
    </>
  );
}
