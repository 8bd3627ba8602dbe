import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import { getSession } from "./api/calls.ts";
import { isUnauthorized } from "./api/problem.ts";
import type { Role, Session } from "./api/types.ts";
import { SignIn } from "./pages/sign_in.tsx";
import { Failed } from "./ui/states.tsx";

const RANKS: Record<Role, number> = { viewer: 0, claimer: 1, operator: 2, admin: 3 };

/** Each role may do all that those below it may. */
export const may = (role: Role, needed: Role) => RANKS[role] >= RANKS[needed];

const Current = createContext<Session | null>(null);

/** Who is signed in. */
export function useSession(): Session {
  const session = useContext(Current);
  if (session === null) throw new Error("nobody is signed in here");
  return session;
}

/** Whether who is signed in has this role. */
export const useMay = (needed: Role) => may(useSession().role, needed);

/** Shows the pages to somebody who is signed in, and asks everybody else to. */
export function SessionGate({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const session = useQuery({
    queryKey: ["session"],
    queryFn: getSession,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (isUnauthorized(session.error)) {
    return <SignIn onSignedIn={(it) => client.setQueryData(["session"], it)} />;
  }
  if (session.data) return <Current value={session.data}>{children}</Current>;
  if (session.error) {
    return (
      <main className="sign-in">
        <Failed what="the session" error={session.error} again={() => session.refetch()} />
      </main>
    );
  }
  return <main className="sign-in" aria-busy="true" />;
}
