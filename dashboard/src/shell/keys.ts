import { useEffect } from "react";

/** `/` goes to the search of the page; Escape leaves a field. */
export function useKeys() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const writing = target.matches("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        const search = document.querySelector<HTMLInputElement>("input[type=search]");
        if (search === null) return;
        event.preventDefault();
        search.focus();
        search.select();
      }
      if (event.key === "ArrowDown" && target.matches("input[type=search]")) {
        event.preventDefault();
        document.querySelector<HTMLElement>("[data-row][tabindex='0']")?.focus();
      }
      if (event.key === "Escape" && writing && document.querySelector("dialog[open]") === null) target.blur();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
