import { type ErrorDetail, GizlabError } from "../core/errors.js";

/** A place in the text, for people and for editors. */
export interface Spot {
  readonly line: number;
  readonly column: number;
  /** Path in the document, such as `steps[3].set.house`. */
  readonly path: string;
}

/** Collects what is wrong with a scenario, so that one run shows all of it. */
export class Problems {
  readonly #file: string;
  readonly #found: GizlabError[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** What was found, in the order of the text. */
  get found(): readonly GizlabError[] {
    const order = ({ at }: GizlabError): number => (at?.line ?? 0) * 1e6 + (at?.column ?? 0);
    return [...this.#found].sort((a, b) => order(a) - order(b));
  }

  add(spot: Spot, message: string, detail: Omit<ErrorDetail, "at" | "cause"> = {}): void {
    this.#found.push(new GizlabError("scenario-invalid", message, { ...detail, at: this.#place(spot) }));
  }

  /** Runs a check of another room; what it throws becomes a problem at this place, its code kept. */
  guard<T>(spot: Spot, check: () => T, hint?: string): T | undefined {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      const { code, message, expected, found, hint: ownHint = hint } = error;
      const detail = Object.fromEntries(
        Object.entries({ expected, found, hint: ownHint }).filter(([, value]) => value !== undefined),
      );
      this.#found.push(new GizlabError(code, message, { ...detail, at: this.#place(spot), cause: error }));
      return undefined;
    }
  }

  #place({ line, column, path }: Spot) {
    return { file: this.#file, line, column, path };
  }
}
