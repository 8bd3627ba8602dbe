/** The sign of the house: two ready, one starting, one that serves. */
export function Brand() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#10201c" />
      <circle cx="10" cy="11" r="3.5" fill="#58d1b2" />
      <circle cx="22" cy="11" r="3.5" fill="#58d1b2" />
      <circle cx="10" cy="22" r="3" fill="none" stroke="#7fb4ff" strokeWidth="1.6" strokeDasharray="3 2" />
      <rect x="18.6" y="18.6" width="6.8" height="6.8" rx="1.6" fill="#a99bff" />
    </svg>
  );
}
