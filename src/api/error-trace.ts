import type { Trace } from "../core/trace.js";
import type { Face } from "./face.js";

/** Notes every refused request in the trace, with the face's own error code. */
export function traceErrors(server: Face, trace: Trace): void {
  server.addHook("onSend", async (request, reply, payload) => {
    const { statusCode: status } = reply;
    if (status < 400) return;
    const path = request.url.split("?")[0] ?? "";
    trace.record(trace.nextId(), "http.error", {}, { method: request.method, path, status, code: readCode(payload) });
  });
}

function readCode(payload: unknown): string {
  try {
    const { error_code, code, error, errors } = JSON.parse(String(payload)) as {
      error_code?: unknown;
      code?: unknown;
      error?: { code?: unknown } | string;
      errors?: readonly { code?: unknown }[];
    };
    const nested = typeof error === "string" ? undefined : error?.code;
    return String(error_code ?? nested ?? code ?? errors?.[0]?.code ?? error ?? "");
  } catch {
    // Faces that do not answer in JSON have no codes.
    return "";
  }
}
