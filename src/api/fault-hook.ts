import type { Clock } from "../core/clock.js";
import type { HttpFaults } from "./context.js";
import type { Face } from "./face.js";

const TOO_MANY = 429;

/** Lets faults answer requests of the vendor's faces, or keep them waiting; the lab's own routes always work. */
export function injectFaults(server: Face, clock: Clock, faults: HttpFaults): void {
  server.addHook("onRequest", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (path.startsWith("/_lab/")) return;
    const fault = faults.judgeRequest(request.method, path);
    if (fault === undefined) return;
    if ("delayMs" in fault) {
      clock.letGo();
      await new Promise<void>((resolve) =>
        clock.setTimer("slow answer", fault.delayMs, () => {
          // Now that time has come so far it waits until the answer is out.
          reply.raw.once("close", clock.hold());
          resolve();
        }),
      );
      return;
    }
    if (fault.status === TOO_MANY) void reply.header("retry-after", "1");
    return reply
      .code(fault.status)
      .type("application/json")
      .send({ error_message: "injected fault", error_code: 9999, detail_message: `status ${fault.status}` });
  });
}
