// Applies the theme that was chosen in Settings; without a choice the system's counts.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused in some private windows.
}
