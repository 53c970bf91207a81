import type { Cloud } from "../cloud/cloud.js";
import type { Trace } from "../core/trace.js";
import { describeRefusedRequest, isDevicePath } from "./device/refused-requests.js";
import type { Face } from "./face.js";

/**
 * Notes every refused request in the trace, with the face's own error code; those of modules, which try for ever, with
 * who asked and the cure, and bounded.
 */
export function traceErrors(
  server: Face,
  trace: Trace,
  { refusals, registry }: Pick<Cloud, "refusals" | "registry">,
): void {
  server.addHook("onSend", async (request, reply, payload) => {
    const { statusCode: status } = reply;
    if (status < 400) return;
    const path = request.url.split("?")[0] ?? "";
    const { code, message } = readError(payload);
    if (isDevicePath(path)) return refusals.note(describeRefusedRequest(request, { status, code, message }, registry));
    trace.record(trace.nextId(), "http.error", {}, { method: request.method, path, status, code });
  });
}

function readError(payload: unknown): {
  readonly code: string;
  readonly message: string;
} {
  try {
    const { error_code, error_message, detail_message, code, error, errors } = JSON.parse(String(payload)) as {
      error_code?: unknown;
      error_message?: unknown;
      detail_message?: unknown;
      code?: unknown;
      error?: { code?: unknown } | string;
      errors?: readonly { code?: unknown }[];
    };
    const nested = typeof error === "string" ? undefined : error?.code;
    return {
      code: String(error_code ?? nested ?? code ?? errors?.[0]?.code ?? error ?? ""),
      message: [error_message, detail_message].filter((text) => typeof text === "string").join(" "),
    };
  } catch {
    // Faces that do not answer in JSON have no codes.
    return { code: "", message: "" };
  }
}
