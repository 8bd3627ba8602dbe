import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** A filter that lives in the address, so that it can be linked to and survives going back. */
export function useQueryState(name: string): [string, (value: string) => void];
/** One of a few values; anything else in the address is none of them. */
export function useQueryState<T extends string>(
  name: string,
  values: readonly T[],
): [T | "", (value: string) => void];
export function useQueryState(name: string, values?: readonly string[]): [string, (value: string) => void] {
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
  const value = parameters.get(name) ?? "";
  return [values === undefined || values.includes(value) ? value : "", set];
}
