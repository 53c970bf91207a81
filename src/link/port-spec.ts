import { existsSync } from "node:fs";
import { GizlabError } from "../core/errors.js";
import { suggestNearest } from "../core/suggestion.js";

/** Where a port is, as PORT of the command line says it (interfaces.md 3). */
export type PortSpec =
  | { readonly kind: "serial"; readonly path: string }
  | { readonly kind: "pty" }
  | { readonly kind: "tcp" | "rfc2217"; readonly host: string; readonly port: number }
  | { readonly kind: "tcp-listen" | "rfc2217-listen"; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "exec"; readonly command: string };

const FORMS: Readonly<Record<Exclude<PortSpec["kind"], "serial">, string>> = {
  pty: "pty",
  tcp: "tcp:host:port",
  "tcp-listen": "tcp-listen:port",
  unix: "unix:path",
  rfc2217: "rfc2217:host:port",
  "rfc2217-listen": "rfc2217-listen:port",
  exec: "exec:command",
};
const ALL_FORMS = `/dev/ttyUSB0, COM3, a path, ${Object.values(FORMS).join(", ")}`;

/**
 * Reads a PORT: a path, or one of the forms. What is neither is a path too if it is there, such as a link `ttyV0` in the
 * present folder; a file that has the name of a form is meant as `./pty`. Throws `port-spec` with what was probably meant.
 */
export function parsePortSpec(text: string, isThere: (path: string) => boolean = existsSync): PortSpec {
  if (isPath(text)) return { kind: "serial", path: text };
  try {
    return parseForm(text);
  } catch (error) {
    // With ./ it stays a path while it is away.
    if (text !== "" && isThere(text)) return { kind: "serial", path: `./${text}` };
    throw error;
  }
}

/** A slash before any colon, or a port of Windows. */
function isPath(text: string): boolean {
  return /^[^:]*\//.test(text) || /^(\\\\\.\\)?COM\d+$/i.test(text);
}

function parseForm(text: string): PortSpec {
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? "" : text.slice(colon + 1);
  switch (kind) {
    case "pty":
      if (colon >= 0) throw refuse(text, "pty takes nothing after it");
      return { kind };
    case "tcp":
    case "rfc2217":
      return { kind, ...parseAddress(text, kind, rest) };
    case "tcp-listen":
    case "rfc2217-listen":
      return { kind, port: parseNumber(text, kind, rest, 0) };
    case "unix":
      if (rest === "") throw refuse(text, `write ${FORMS.unix}`);
      return { kind, path: rest };
    case "exec":
      if (rest === "") throw refuse(text, `write ${FORMS.exec}`);
      return { kind, command: rest };
    default:
      throw refuse(text, guess(kind, rest));
  }
}

function parseAddress(text: string, kind: "tcp" | "rfc2217", rest: string): { host: string; port: number } {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(rest) ?? [];
  const host = six ?? four;
  if (host === undefined || port === undefined) throw refuse(text, `write ${FORMS[kind]}`);
  return { host, port: parseNumber(text, kind, port, 1) };
}

function parseNumber(text: string, kind: keyof typeof FORMS, digits: string, least: number): number {
  const port = Number(digits);
  if (/^\d+$/.test(digits) && port >= least && port <= 65535) return port;
  throw refuse(text, `write ${FORMS[kind]} with a port from ${least} to 65535`);
}

function guess(kind: string, rest: string): string {
  if (/^(tty|cu\.)/.test(kind)) return `did you mean /dev/${kind}? gizlab ports lists what is plugged in`;
  const nearest = suggestNearest(kind, Object.keys(FORMS)) as keyof typeof FORMS | undefined;
  if (nearest === undefined) return `a port is one of ${ALL_FORMS}`;
  return rest === "" ? `did you mean ${FORMS[nearest]}?` : `did you mean ${nearest}:${rest}?`;
}

function refuse(text: string, hint: string): GizlabError {
  return new GizlabError("port-spec", `${JSON.stringify(text)} names no port`, { hint });
}
