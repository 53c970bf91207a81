import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

/** What Fastify asks of a schema: whether a part of a request fits it, and what is wrong in `errors`. */
export interface RequestCheck {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/**
 * Compiled checks by the schema's own text. All labs of a process share them: every lab makes its schemas anew, and
 * they are equal. Holds schemas only, one for each part of a route that was ever asked.
 */
const COMPILED = new Map<string, ValidateFunction>();

/** TypeBox makes no schema that is wrong, so the schema of schemas is not compiled to check them. */
const COMPILER = new Ajv({ useDefaults: true, meta: false, validateSchema: false });

/** A check that is compiled when a request first needs it, once in a process. */
export function checkLazily(schema: object): RequestCheck {
  let compiled: ValidateFunction | undefined;
  const check: RequestCheck = (value) => {
    compiled ??= compile(schema);
    const isFit = compiled(value);
    check.errors = compiled.errors ?? null;
    return isFit === true;
  };
  return check;
}

function compile(schema: object): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = COMPILED.get(text);
  if (known !== undefined) return known;
  const compiled = COMPILER.compile(schema);
  COMPILED.set(text, compiled);
  return compiled;
}
