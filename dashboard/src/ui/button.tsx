import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "wouter";

export type Look = "normal" | "first" | "danger" | "plain";

const classes = (look: Look, more = "") =>
  ["button", look === "normal" ? "" : look, more].filter(Boolean).join(" ");

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  /** Something is on its way: it cannot be pressed again, and says so. */
  busy?: boolean;
}

export function Button({
  look = "normal",
  busy = false,
  className,
  disabled,
  type = "button",
  ...rest
}: Props) {
  return (
    <button
      type={type}
      className={classes(look, className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    />
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  to,
  look = "normal",
  children,
}: {
  to: string;
  look?: Look;
  children: ReactNode;
}) {
  return (
    <Link href={to} className={classes(look)}>
      {children}
    </Link>
  );
}
