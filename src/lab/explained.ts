import { GizlabError } from "../core/errors.js";

/** Errors whose message already tells everything. */
const told = new WeakSet<GizlabError>();

/**
 * The same object, whose methods throw errors that say all they know: test runners show the message of an error and
 * not its hint. `before` is called first and may throw.
 */
export function explainErrors<T extends object>(target: T, before: (method: string) => void = () => {}): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        try {
          before(String(name));
          const result: unknown = member.apply(object, args);
          return result instanceof Promise ? result.catch(rethrow) : result;
        } catch (error) {
          return rethrow(error);
        }
      };
    },
  });
}

function rethrow(error: unknown): never {
  if (error instanceof GizlabError && !told.has(error)) {
    told.add(error);
    const { expected, found, hint } = error;
    const compared = expected !== undefined && found !== undefined ? ` (expected ${expected}, found ${found})` : "";
    const alone = expected === undefined && found !== undefined ? `: ${found}` : "";
    error.message = `${error.message}${compared}${alone}${hint === undefined ? "" : `; ${hint}`}`;
  }
  throw error;
}
