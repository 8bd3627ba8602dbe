/** Numbers, times and words as people read them. */

const number = new Intl.NumberFormat("en");

export const count = (value: number) => number.format(value);

/** "3 agents", "1 agent". */
export const counted = (value: number, noun: string, plural = `${noun}s`) =>
  `${count(value)} ${value === 1 ? noun : plural}`;

const UNITS: [seconds: number, letter: string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
  [1, "s"],
];

/** A length of time in at most two units: "1 h 5 m". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  let rest = Math.round(milliseconds / 1_000);
  const parts: string[] = [];
  for (const [seconds, letter] of UNITS) {
    const whole = Math.floor(rest / seconds);
    rest -= whole * seconds;
    if (whole > 0) parts.push(`${whole} ${letter}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** How long ago in one unit: "5 m". */
export function age(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1_000));
  for (const [size, letter] of UNITS) if (seconds >= size) return `${Math.floor(seconds / size)} ${letter}`;
  return "now";
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

/** The time of day, with the day when it is another one. */
export function moment(at: string | number, now: number): string {
  const date = new Date(at);
  const same = date.toDateString() === new Date(now).toDateString();
  return same ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

export const fullMoment = (at: string | number) => full.format(new Date(at));

/** "pending_acceptance" and "PoolEmpty" as words. */
export function words(word: string): string {
  return word
    .replace(/_/g, " ")
    .replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

export const share = (value: number) => `${(value * 100).toFixed(value >= 0.1 && value < 0.995 ? 0 : 1)} %`;

/** The last part of an image's name, which tells versions apart. */
export function shortImage(image: string): string {
  const name = image.split("/").at(-1) ?? image;
  return name.replace(/@sha256:([0-9a-f]{12})[0-9a-f]*/, "@$1");
}
