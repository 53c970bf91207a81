/** One line of `gizlab doctor`. */
export interface Finding {
  readonly name: string;
  /** A problem keeps gizlab from working; a warning keeps a part of it from working, or has a way round. */
  readonly status: "ok" | "warning" | "problem";
  readonly message: string;
  /** What to type or do to mend it. */
  readonly fix?: string;
}

export function fine(name: string, message: string): Finding {
  return { name, status: "ok", message };
}

export function warn(name: string, message: string, fix: string): Finding {
  return { name, status: "warning", message, fix };
}

export function fail(name: string, message: string, fix: string): Finding {
  return { name, status: "problem", message, fix };
}
