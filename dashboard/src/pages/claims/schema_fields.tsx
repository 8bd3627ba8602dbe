import { CheckField, SelectField, TextField } from "../../ui/field.tsx";

/** What of JSON Schema a tool's prompt uses. */
interface Property {
  type?: string;
  title?: string;
  description?: string;
  enum?: unknown[];
  default?: unknown;
  examples?: unknown[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  writeOnly?: boolean;
}

export interface Prompt {
  name: string;
  required: boolean;
  property: Property;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** What a user has to bring, as a tool's `userConfigSchema` says it. */
export function promptsOf(schema: unknown): Prompt[] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    required: required.includes(name),
    property: isObject(property) ? (property as Property) : {},
  }));
}

/** "apiKey" and "api_key" as "Api key". */
export function labelOf({ name, property }: Prompt): string {
  if (property.title) return property.title;
  const spaced = name
    .replace(/_/g, " ")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export type Values = Record<string, string | boolean>;

/** The values as the schema's types; what is left empty is left out. */
export function configOf(prompts: Prompt[], values: Values): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const { name, property } of prompts) {
    const value = values[name] ?? property.default;
    if (value === undefined || value === "") continue;
    const number = property.type === "integer" || property.type === "number";
    config[name] = number ? Number(value) : property.type === "boolean" ? value === true : value;
  }
  return config;
}

/** JSON Schema looks for a pattern anywhere in a text, a field of a page wants all of the text to match. */
const anywhere = (pattern: string | undefined) => (pattern === undefined ? undefined : `.*(?:${pattern}).*`);

interface Props {
  prompts: Prompt[];
  values: Values;
  onChange: (values: Values) => void;
  wrong: (name: string) => string | undefined;
}

/** The fields of one tool. */
export function SchemaFields({ prompts, values, onChange, wrong }: Props) {
  return prompts.map((prompt) => {
    const { name, property, required } = prompt;
    const set = (value: string | boolean) => onChange({ ...values, [name]: value });
    const value = values[name] ?? property.default ?? "";
    const frame = {
      label: required ? labelOf(prompt) : `${labelOf(prompt)} (optional)`,
      hint: property.description,
      wrong: wrong(name),
      name,
      required,
    };
    if (property.type === "boolean") {
      return (
        <CheckField
          key={name}
          {...frame}
          required={false}
          checked={value === true}
          onChange={(event) => set(event.target.checked)}
        />
      );
    }
    if (property.enum) {
      return (
        <SelectField
          key={name}
          {...frame}
          value={String(value)}
          onChange={(event) => set(event.target.value)}
        >
          <option value="">Choose</option>
          {property.enum.map((each) => (
            <option key={String(each)}>{String(each)}</option>
          ))}
        </SelectField>
      );
    }
    const number = property.type === "integer" || property.type === "number";
    const example = property.examples?.[0];
    const text = {
      ...frame,
      value: String(value),
      placeholder: example === undefined ? undefined : String(example),
      minLength: property.minLength,
      maxLength: property.maxLength,
      onChange: (event: { target: { value: string } }) => set(event.target.value),
    };
    const secret = property.writeOnly || property.format === "password";
    return (
      <TextField
        key={name}
        {...text}
        type={secret ? "password" : number ? "number" : property.format === "email" ? "email" : "text"}
        pattern={number ? undefined : anywhere(property.pattern)}
        title={property.pattern && `Must match ${property.pattern}`}
        min={property.minimum}
        max={property.maximum}
        step={property.type === "integer" ? 1 : "any"}
        autoComplete={secret ? "new-password" : "off"}
        spellCheck={false}
      />
    );
  });
}
