import { count, words } from "../format.ts";

/** The search of a page: `/` goes to it, the down arrow from it into the table. */
export function Search({
  value,
  onChange,
  placeholder,
}: {
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
}) {
  return (
    <div className="search">
      <input
        type="search"
        className="input"
        aria-label={placeholder}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {value === "" && <kbd aria-hidden>/</kbd>}
    </div>
  );
}

interface Choice {
  value: string;
  count?: number;
  label?: string;
}

/** One of a few, with how many there are of each. */
export function Segments({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: string;
  choices: Choice[];
  onChange: (value: string) => void;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields, these are buttons
    <div className="segments" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.label ?? (choice.value === "" ? "All" : words(choice.value))}
          {choice.count !== undefined && <span className="count"> {count(choice.count)}</span>}
        </button>
      ))}
    </div>
  );
}

export function Pick({
  label,
  value,
  values,
  all,
  onChange,
}: {
  label: string;
  value: string;
  values: string[];
  all?: string;
  onChange: (value: string) => void;
}) {
  return (
    <select
      className="input"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {all !== undefined && <option value="">{all}</option>}
      {values.map((each) => (
        <option key={each} value={each}>
          {words(each)}
        </option>
      ))}
    </select>
  );
}
