/** One field of a request that is wrong. */
export interface FieldError {
  field: string;
  message: string;
}

/** What every 4xx and 5xx of the pool API says (RFC 9457), and what we say when nothing was answered at all. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[];

  constructor(status: number, code: string, message: string, errors: FieldError[] = []) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  /** What is wrong with one field, in words. */
  field(name: string): string | undefined {
    return this.errors.find((error) => error.field === name)?.message;
  }
}

interface Document {
  title?: unknown;
  detail?: unknown;
  code?: unknown;
  errors?: unknown;
}

/** Reads a problem document; anything else becomes a problem that says what came instead. */
export function problemOf(status: number, body: unknown): Problem {
  const document: Document = typeof body === "object" && body !== null ? body : {};
  const message = [document.detail, document.title].find((text) => typeof text === "string" && text !== "");
  const errors = Array.isArray(document.errors) ? (document.errors as FieldError[]) : [];
  return new Problem(
    status,
    typeof document.code === "string" ? document.code : "unknown",
    typeof message === "string" ? message : `the pool answered ${status} without saying why`,
    errors,
  );
}

/** Nobody answered. */
export function unreachable(): Problem {
  return new Problem(0, "unreachable", "the pool does not answer");
}

/** A sentence for whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the session is over. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}
