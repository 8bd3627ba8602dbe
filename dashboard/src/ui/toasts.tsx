import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { sentence } from "../api/problem.ts";

const SHOWN_MILLISECONDS = 6_000;

interface Toast {
  id: number;
  tone: "good" | "bad";
  text: string;
}

interface Say {
  (text: string): void;
  wrong(error: unknown): void;
}

const Context = createContext<Say>(Object.assign(() => {}, { wrong: () => {} }));

let made = 0;

/** Short news in the corner; read out by screen readers. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const add = useCallback((tone: Toast["tone"], text: string) => {
    const id = ++made;
    setToasts((now) => [...now.slice(-3), { id, tone, text }]);
    setTimeout(() => setToasts((now) => now.filter((toast) => toast.id !== id)), SHOWN_MILLISECONDS);
  }, []);
  const [say] = useState<Say>(() =>
    Object.assign((text: string) => add("good", text), {
      wrong: (error: unknown) => add("bad", `${sentence(error)}.`),
    }),
  );
  return (
    <Context value={say}>
      {children}
      <div className="toasts" role="status">
        {toasts.map((toast) => (
          <div key={toast.id} className={`note tone-${toast.tone}`}>
            <p>{toast.text}</p>
          </div>
        ))}
      </div>
    </Context>
  );
}

export const useSay = () => useContext(Context);
