import type { FastifyReply } from "fastify";
import { ApiError } from "../errors.js";

/** The fields of a form that firmware has sent, trimmed. Throws 9015 for one that is missing. */
export function readForm<Name extends string>(body: unknown, names: readonly Name[]): Record<Name, string> {
  const form = new URLSearchParams(typeof body === "string" ? body : "");
  const fields = {} as Record<Name, string>;
  for (const name of names) {
    const value = form.get(name);
    if (value === null || value === "") throw new ApiError(9015, `${name} is needed`);
    fields[name] = value.trim();
  }
  return fields;
}

/**
 * Answers in the one way that all firmware reads: few headers, chunked, the whole body in one chunk,
 * everything in one write (cloud.md 2.0).
 */
export function sendToFirmware(reply: FastifyReply, status: number, body: string, type = "text/html"): void {
  reply.hijack();
  const { raw } = reply;
  raw.sendDate = false;
  raw.writeHead(status, { "Content-Type": type, "Transfer-Encoding": "chunked" });
  raw.end(body);
}
