import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** A filter that lives in the address, so that it can be linked to and survives going back. */
export function useQueryState(name: string): [string, (value: string) => void] {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      setParameters(
        (before) => {
          const next = new URLSearchParams(before);
          if (value === "") next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [name, setParameters],
  );
  return [parameters.get(name) ?? "", set];
}
