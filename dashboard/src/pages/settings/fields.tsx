import { Button } from "../../ui/button.tsx";
import { CheckField, SelectField, TextField } from "../../ui/field.tsx";
import type { SpecDraft } from "./spec.ts";

interface Props {
  draft: SpecDraft;
  onChange: (change: Partial<SpecDraft>) => void;
  wrong: (field: string) => string | undefined;
}

type Numbers = { [K in keyof SpecDraft]: SpecDraft[K] extends string ? K : never }[keyof SpecDraft];

/** All fields of a pool's spec. */
export function SpecFields({ draft, onChange, wrong }: Props) {
  const number = (field: Numbers, label: string, hint?: string, name: string = field) => (
    <TextField
      label={label}
      hint={hint}
      name={name}
      type="number"
      min={0}
      step="any"
      required
      inputMode="decimal"
      value={draft[field]}
      wrong={wrong(name)}
      onChange={(event) => onChange({ [field]: event.target.value })}
    />
  );
  return (
    <>
      <h2>Target</h2>
      <SelectField
        label="How many idle agents"
        value={draft.sizing}
        onChange={(event) => onChange({ sizing: event.target.value as SpecDraft["sizing"] })}
        wrong={wrong("sizing")}
      >
        <option value="fixed">Always the same number</option>
        <option value="schedule">By time of day</option>
        <option value="serviceLevel">As many as the service level needs</option>
      </SelectField>
      {draft.sizing === "serviceLevel" ? (
        <div className="halves">
          {number("hitRate", "Claims that find a ready agent, in %", undefined, "sizing.hitRate")}
          {number("leastIdle", "Never fewer than", undefined, "sizing.min")}
          {number("mostIdle", "Never more than", undefined, "sizing.max")}
          <TextField
            label="US dollars an hour at most (optional)"
            type="number"
            min={0}
            step="any"
            value={draft.costMost}
            onChange={(event) => onChange({ costMost: event.target.value })}
            wrong={wrong("sizing.costPerHourMax")}
          />
        </div>
      ) : (
        <div className="halves">
          {number(
            "minIdle",
            draft.sizing === "schedule" ? "Idle agents outside the windows" : "Idle agents",
            "Starting and ready ones, kept for the next claims.",
          )}
        </div>
      )}
      {draft.sizing === "schedule" && <Windows draft={draft} onChange={onChange} wrong={wrong} />}
      <h2>Limits</h2>
      <div className="halves">
        {number("maxInstances", "Agents at most", "Everything that is not gone counts.")}
        {number(
          "stuckMinutes",
          "Minutes unwell until stuck",
          "Unclaimed ones are then replaced, claimed ones redeployed.",
          "stuckTimeoutMs",
        )}
      </div>
      <CheckField
        label="Paused"
        hint="Neither creates nor shrinks; claims are served from what is ready."
        checked={draft.paused}
        onChange={(event) => onChange({ paused: event.target.checked })}
      />
      <h2>New agents</h2>
      <TextField
        label="Image"
        value={draft.image}
        onChange={(event) => onChange({ image: event.target.value })}
        hint="That of services when left empty. A new one is rolled out to idle agents."
        wrong={wrong("image")}
        spellCheck={false}
        className="input mono"
      />
      <TextField
        label="Model"
        value={draft.model}
        onChange={(event) => onChange({ model: event.target.value })}
        hint="For claims that name none; the runtime's own when left empty."
        wrong={wrong("model")}
        spellCheck={false}
      />
      <h2>Rollout</h2>
      <div className="halves">
        {number("canary", "Agents that go first")}
        {number("canaryMinutes", "Minutes they may take to be healthy")}
        {number("maxUnavailable", "Ready ones missing at a time")}
        {number("maxSurge", "Extra agents meanwhile")}
      </div>
    </>
  );
}

function Windows({ draft, onChange, wrong }: Props) {
  const set = (index: number, change: Partial<SpecDraft["windows"][number]>) =>
    onChange({
      windows: draft.windows.map((window, at) => (at === index ? { ...window, ...change } : window)),
    });
  return (
    <fieldset className="tool-prompt">
      <legend className="hidden-but-read">Windows</legend>
      <TextField
        label="Time zone"
        value={draft.timeZone}
        onChange={(event) => onChange({ timeZone: event.target.value })}
        wrong={wrong("sizing.timeZone")}
      />
      {draft.windows.map((window, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: windows have no other name
        <div key={index} className="halves">
          <TextField
            label="Begins (cron)"
            hint="Minute, hour, day, month, weekday."
            required
            value={window.start}
            onChange={(event) => set(index, { start: event.target.value })}
            wrong={wrong(`sizing.windows[${index}].start`)}
            className="input mono"
          />
          <TextField
            label="Lasts, in hours"
            type="number"
            min={0}
            step="any"
            required
            value={window.hours}
            onChange={(event) => set(index, { hours: event.target.value })}
          />
          <TextField
            label="Idle agents"
            type="number"
            min={0}
            required
            value={window.minIdle}
            onChange={(event) => set(index, { minIdle: event.target.value })}
          />
          <div>
            <Button
              className="tiny"
              onClick={() => onChange({ windows: draft.windows.filter((_, at) => at !== index) })}
            >
              Remove this window
            </Button>
          </div>
        </div>
      ))}
      <div>
        <Button
          onClick={() =>
            onChange({
              windows: [...draft.windows, { start: "0 8 * * 1-5", hours: "10", minIdle: draft.minIdle }],
            })
          }
        >
          Add a window
        </Button>
      </div>
    </fieldset>
  );
}
