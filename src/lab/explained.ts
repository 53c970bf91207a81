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
      const call = (...args: unknown[]): unknown =>
        explainCall(call, () => {
          before(String(name));
          return member.apply(object, args) as unknown;
        });
      return call;
    },
  });
}

/** Does what a function of the kit does, with errors that say all they know and have the stack of its caller. */
export function explainCall<T>(entry: (...args: never[]) => unknown, action: () => T): T {
  const caller: { stack?: string } = {};
  Error.captureStackTrace(caller, entry);
  try {
    const result = action();
    return result instanceof Promise ? (result.catch((error: unknown) => rethrow(error, caller)) as T) : result;
  } catch (error) {
    return rethrow(error, caller);
  }
}

/** @param caller holds the stack of the test's own call: a runner shows the line of the test, and none of gizlab's */
function rethrow(error: unknown, caller: { readonly stack?: string }): never {
  if (error instanceof GizlabError && !told.has(error)) {
    told.add(error);
    const { expected, found, hint } = error;
    const compared = expected !== undefined && found !== undefined ? ` (expected ${expected}, found ${found})` : "";
    const alone = expected === undefined && found !== undefined ? `: ${found}` : "";
    error.message = `${error.message}${compared}${alone}${hint === undefined ? "" : `; ${hint}`}`;
    const frames = /\n {4}at [\s\S]*/.exec(caller.stack ?? "")?.[0] ?? "";
    error.stack = `${error.name}: ${error.message}${frames}`;
  }
  throw error;
}
