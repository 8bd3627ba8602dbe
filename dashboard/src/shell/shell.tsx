import { useQueryClient } from "@tanstack/react-query";
import { LogOut, Menu, Moon, Sun, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { signOut } from "../api/calls.ts";
import { useNow } from "../clock.ts";
import { duration, moment } from "../format.ts";
import { useLive } from "../live/live.tsx";
import { useStatus } from "../queries.ts";
import { useSession } from "../session.tsx";
import { chooseTheme, useTheme } from "../theme.ts";
import { Brand } from "../ui/brand.tsx";
import { Button } from "../ui/button.tsx";
import { useSay } from "../ui/toasts.tsx";
import { useKeys } from "./keys.ts";

/** A broken stream that comes back within this time is not worth a mark. */
const STALE_AFTER_MILLISECONDS = 3_000;

const PLACES: [path: string, title: string, apart?: boolean][] = [
  ["/", "Overview"],
  ["/instances", "Instances"],
  ["/claims", "Claims"],
  ["/claims/new", "New claim"],
  ["/templates", "Templates"],
  ["/destroy-requests", "Destroy requests", true],
  ["/events", "Events"],
  ["/system", "System"],
  ["/settings", "Settings"],
];

/** The rail, the mark of old data, and the page. */
export function Shell({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useKeys();
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    setOpen(false);
    // A new page is read from its beginning, by eyes and by screen readers.
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <header className="rail" data-open={open || undefined}>
        <Link href="/" className="brand">
          <Brand />
          convos-agents
        </Link>
        <LiveMark />
        <Button
          look="plain"
          className="icon menu-button"
          aria-expanded={open}
          aria-label={open ? "Close the menu" : "Open the menu"}
          onClick={() => setOpen(!open)}
        >
          {open ? <X aria-hidden /> : <Menu aria-hidden />}
        </Button>
        <Places path={path} />
        <RailFoot />
      </header>
      <main ref={main} tabIndex={-1}>
        <Stale />
        {children}
      </main>
    </div>
  );
}

function Places({ path }: { path: string }) {
  const status = useStatus();
  const pools = status.data?.pools ?? [];
  const total = (of: "waiting" | "stuck") => pools.reduce((sum, pool) => sum + pool.status[of], 0);
  const counts: Record<string, [number, string]> = {
    "/claims": [total("waiting"), "in line"],
    "/instances": [total("stuck"), "stuck"],
  };
  const current = PLACES.filter(
    ([place]) => path === place || (place !== "/" && path.startsWith(`${place}/`)),
  )
    .map(([place]) => place)
    .sort((a, b) => b.length - a.length)[0];
  return (
    <nav aria-label="Pages">
      <ul>
        {PLACES.map(([place, title, apart]) => {
          const [count, what] = counts[place] ?? [0, ""];
          return (
            <li key={place} className={apart ? "apart" : undefined}>
              <Link href={place} aria-current={place === current ? "page" : undefined}>
                {title}
                {count > 0 && (
                  <span className={what === "stuck" ? "count bad" : "count"}>
                    {count} {what}
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function RailFoot() {
  const session = useSession();
  const theme = useTheme();
  const client = useQueryClient();
  const say = useSay();
  const leave = () =>
    signOut().then(
      () => {
        client.clear();
        window.location.assign("/");
      },
      (error) => say.wrong(error),
    );
  return (
    <div className="rail-foot">
      <LiveMark />
      <div className="who">
        <span className="cut" title={`${session.name}, ${session.role}`}>
          {session.name} <span className="quiet">{session.role === session.name ? "" : session.role}</span>
        </span>
        <span className="nowrap">
          <Button
            look="plain"
            className="tiny icon"
            aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
            title={theme === "dark" ? "Light theme" : "Dark theme"}
            onClick={() => chooseTheme(theme === "dark" ? "light" : "dark")}
          >
            {theme === "dark" ? <Sun aria-hidden /> : <Moon aria-hidden />}
          </Button>
          <Button look="plain" className="tiny icon" aria-label="Sign out" title="Sign out" onClick={leave}>
            <LogOut aria-hidden />
          </Button>
        </span>
      </div>
    </div>
  );
}

const LIVE_WORDS = { open: "Live", opening: "Connecting", down: "Not live" };

function LiveMark() {
  const { state } = useLive();
  return (
    <span className="live" data-state={state}>
      <i aria-hidden />
      {LIVE_WORDS[state]}
    </span>
  );
}

/** Says that what is shown may be old, and since when. */
function Stale() {
  const { state, since } = useLive();
  const now = useNow();
  const shown = state === "down" && now - since > STALE_AFTER_MILLISECONDS;
  return (
    <div role="status" className="stale-place">
      {shown && (
        <div className="stale">
          <strong>Not live.</strong>
          {`The connection was lost ${duration(now - since)} ago; what you see is as of ${moment(since, now)}. Trying again.`}
        </div>
      )}
    </div>
  );
}
