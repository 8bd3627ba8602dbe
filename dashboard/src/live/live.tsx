import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { JournalEvent } from "../api/types.ts";
import { Freshness } from "./freshness.ts";
import { LiveStream, type StreamState } from "./stream.ts";

type Hear = (event: JournalEvent) => void;

interface Live {
  state: StreamState;
  hear(listener: Hear): () => void;
}

const Context = createContext<Live>({ state: { state: "opening", since: 0 }, hear: () => () => {} });

/** Keeps what is shown as new as the journal. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>(() => ({ state: "opening", since: Date.now() }));
  const hearers = useRef(new Set<Hear>());

  useEffect(() => {
    const freshness = new Freshness(client);
    const stream = new LiveStream({
      event(event) {
        freshness.note(event);
        for (const hear of hearers.current) hear(event);
      },
      opened(gap) {
        if (gap) void client.invalidateQueries();
      },
      // While it stays down, the time counts from when it went down.
      changed: (next) => setState((now) => (now.state === next.state ? now : next)),
      unauthorized: () => void client.invalidateQueries({ queryKey: ["session"] }),
    });
    stream.open();
    return () => {
      stream.close();
      freshness.stop();
    };
  }, [client]);

  const live = useMemo<Live>(
    () => ({
      state,
      hear(listener) {
        hearers.current.add(listener);
        return () => hearers.current.delete(listener);
      },
    }),
    [state],
  );
  return <Context value={live}>{children}</Context>;
}

export const useLive = () => useContext(Context).state;

/** Calls with every event as it happens. */
export function useHear(listener: Hear) {
  const { hear } = useContext(Context);
  const newest = useRef(listener);
  useEffect(() => {
    newest.current = listener;
  });
  useEffect(() => hear((event) => newest.current(event)), [hear]);
}
