import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { sentence } from "../api/problem.ts";
import { Button } from "./button.tsx";
import { Note } from "./states.tsx";

/** A modal dialog. The browser keeps the focus in it and gives it back. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onCancel={onClose}>
      <div>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface Confirmation {
  title: string;
  /** What will happen, in words that name what it happens to. */
  children: ReactNode;
  /** The verb on the button. */
  act: string;
  danger?: boolean;
  /** What has to be typed first. */
  typed?: string;
  run: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before something is done that cannot be undone. */
export function Confirm({ title, children, act, danger = false, typed, run, onDone, onClose }: Confirmation) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const id = useId();
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await run();
      onDone();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div className="stack tight">{children}</div>
        {typed !== undefined && (
          <div className="field">
            <label htmlFor={id}>
              Type <code>{typed}</code> to go on
            </label>
            <input
              id={id}
              className="input mono"
              autoComplete="off"
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
        )}
        {error !== null && <Note tone="bad">{sentence(error)}.</Note>}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look={danger ? "danger" : "first"}
            busy={busy}
            disabled={typed !== undefined && text.trim() !== typed}
          >
            {act}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
