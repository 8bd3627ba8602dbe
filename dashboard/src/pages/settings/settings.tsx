import { usePool, useStatus } from "../../queries.ts";
import { useMay } from "../../session.tsx";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../../theme.ts";
import { PageHead } from "../../ui/bits.tsx";
import { Segments } from "../../ui/filters.tsx";
import { useQueryState } from "../../ui/query_state.ts";
import { Failed, Ghosts } from "../../ui/states.tsx";
import { Keys } from "./keys.tsx";
import { PoolSettings } from "./pool.tsx";

export function SettingsPage() {
  const status = useStatus();
  const admin = useMay("admin");
  const [chosen, choose] = useQueryState("pool");
  const pools = status.data?.pools ?? [];
  const pool = pools.find((it) => it.name === chosen) ?? pools[0];
  const record = usePool(pool?.name);
  // What stands below the form comes when the form has its size.
  const loaded = record.data !== undefined || record.error !== null || status.error !== null;
  return (
    <>
      <PageHead title="Settings" />
      <section className="stack" aria-label="Pool">
        {pools.length > 1 && pool && (
          <Segments
            label="Pool"
            value={pool.name}
            choices={pools.map(({ name }) => ({ value: name, label: name }))}
            onChange={choose}
          />
        )}
        {pool ? (
          <PoolSettings key={pool.name} name={pool.name} />
        ) : status.error ? (
          <Failed what="the pools" error={status.error} again={() => status.refetch()} />
        ) : (
          <Ghosts lines={6} height="2rem" />
        )}
      </section>
      {loaded && <Appearance />}
      {loaded && admin && <Keys />}
    </>
  );
}

const THEMES: { value: ThemeChoice; label: string }[] = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

function Appearance() {
  const choice = useThemeChoice();
  return (
    <section className="stack tight" aria-label="Appearance">
      <h2>Appearance</h2>
      <fieldset className="choices">
        <legend className="hidden-but-read">Theme</legend>
        {THEMES.map(({ value, label }) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="theme"
              value={value}
              checked={choice === value}
              onChange={() => chooseTheme(value)}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </section>
  );
}
