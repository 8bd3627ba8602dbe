/** What pages read, and how long it stays good. Events make it old earlier. */
import { useQuery } from "@tanstack/react-query";
import * as calls from "./api/calls.ts";

/** Conditions and queues change without an event. */
const STATUS_MILLISECONDS = 15_000;
const LIST_MILLISECONDS = 60_000;

export const useStatus = () =>
  useQuery({ queryKey: ["status"], queryFn: calls.getStatus, refetchInterval: STATUS_MILLISECONDS });

export const useTools = () =>
  useQuery({ queryKey: ["tools"], queryFn: calls.listTools, refetchInterval: LIST_MILLISECONDS });

export const useTemplates = () => useQuery({ queryKey: ["templates"], queryFn: calls.listTemplates });

export const usePool = (name: string | undefined) =>
  useQuery({
    queryKey: ["pool", name],
    queryFn: () => calls.getPool(name ?? ""),
    enabled: name !== undefined,
  });

export const useInstance = (id: string) =>
  useQuery({
    queryKey: ["instance", id],
    queryFn: () => calls.getInstance(id),
    refetchInterval: LIST_MILLISECONDS,
  });

export const useClaim = (id: string) =>
  useQuery({
    queryKey: ["claim", id],
    queryFn: () => calls.getClaim(id),
    // Its place in line changes with others' claims.
    refetchInterval: (query) => (query.state.data?.phase === "pending" ? 5_000 : LIST_MILLISECONDS),
  });

export const useExplanation = (kind: calls.Explained, id: string, enabled = true) =>
  useQuery({ queryKey: ["explain", kind, id], queryFn: () => calls.explain(kind, id), enabled });

export const useTemplate = (id: string | undefined) =>
  useQuery({
    queryKey: ["template", id],
    queryFn: () => calls.getTemplate(id ?? ""),
    enabled: id !== undefined,
  });
