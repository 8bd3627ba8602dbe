import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";
export type ThemeChoice = Theme | "system";

const system = () => window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** What was chosen on this browser. */
export function themeChoice(): ThemeChoice {
  try {
    const chosen = localStorage.getItem("theme");
    return chosen === "light" || chosen === "dark" ? chosen : "system";
  } catch {
    return "system";
  }
}

/** What is shown now. */
export function theme(): Theme {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

function apply() {
  const choice = themeChoice();
  document.documentElement.dataset.theme =
    choice === "system" ? (system().matches ? "dark" : "light") : choice;
  for (const listener of listeners) listener();
}

/** Chooses for this browser. */
export function chooseTheme(choice: ThemeChoice) {
  try {
    if (choice === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", choice);
  } catch {
    document.documentElement.dataset.theme = choice === "system" ? "light" : choice;
  }
  apply();
}

function subscribe(listener: () => void) {
  if (listeners.size === 0) system().addEventListener("change", apply);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) system().removeEventListener("change", apply);
  };
}

/** What is shown now; a chart that paints by itself paints again when it changes. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, theme);
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, themeChoice);
}
