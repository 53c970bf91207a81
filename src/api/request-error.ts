import { GizlabError } from "../core/errors.js";

/** What is wrong with a request's form, for every face to say in its own words. `path` is the field. */
export function requestError(message: string, path?: string): GizlabError {
  return new GizlabError("request-invalid", message, path === undefined ? {} : { at: { path } });
}
