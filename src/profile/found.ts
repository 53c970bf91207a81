/** One thing found in bytes, as `gizlab decode --json` prints it (interfaces.md 3). */
export type Found = Readonly<Record<string, unknown>> & { readonly kind: string; readonly offset: number };
