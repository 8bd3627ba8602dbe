import { type FormEvent, useEffect, useState } from "react";
import { signIn } from "../api/calls.ts";
import { isUnauthorized, sentence } from "../api/problem.ts";
import type { Session } from "../api/types.ts";
import { Brand } from "../ui/brand.tsx";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";

/** Takes an API key for a session. The key itself is not kept in the browser. */
export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  useEffect(() => {
    document.title = "Sign in · convos-agents";
  }, []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setWrong(undefined);
    try {
      onSignedIn(await signIn(key.trim()));
    } catch (error) {
      setWrong(isUnauthorized(error) ? "The pool knows no such key." : `${sentence(error)}.`);
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <div className="brand">
          <Brand />
          convos-agents
        </div>
        <h1>Sign in to the pool</h1>
        <TextField
          label="API key"
          type="password"
          name="key"
          autoComplete="current-password"
          spellCheck={false}
          required
          autoFocus
          value={key}
          onChange={(event) => setKey(event.target.value)}
          hint="Run make dev and it prints one; otherwise ask whoever runs this pool."
          wrong={wrong}
        />
        <Button type="submit" look="first" busy={busy} disabled={key.trim() === ""}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
