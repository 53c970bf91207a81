import type { Clock, Timer } from "../core/clock.js";
import type { HttpFaults } from "./context.js";
import type { Face } from "./face.js";

const TOO_MANY = 429;
const UNAVAILABLE = 503;

/** Lets faults answer requests of the vendor's faces, or keep them waiting; the lab's own routes always work. */
export function injectFaults(server: Face, clock: Clock, faults: HttpFaults): void {
  /** Ends the wait of a request; true when its time has come, false when the server closes. */
  const waiting = new Map<(isTime: boolean) => void, Timer>();
  server.addHook("preClose", (done) => {
    for (const [end, timer] of waiting) {
      timer.cancel();
      end(false);
    }
    done();
  });
  server.addHook("onRequest", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (path.startsWith("/_lab/")) return;
    const fault = faults.judgeRequest(request.method, path);
    if (fault === undefined) return;
    if ("delayMs" in fault) {
      clock.letGo();
      const isTime = await new Promise<boolean>((end) => {
        waiting.set(
          end,
          clock.setTimer("slow answer", fault.delayMs, () => {
            waiting.delete(end);
            // Now that time has come so far it waits until the answer is out.
            reply.raw.once("close", clock.hold());
            end(true);
          }),
        );
      });
      return isTime ? undefined : reply.code(UNAVAILABLE).send();
    }
    if (fault.status === TOO_MANY) void reply.header("retry-after", "1");
    return reply
      .code(fault.status)
      .type("application/json")
      .send({ error_message: "injected fault", error_code: 9999, detail_message: `status ${fault.status}` });
  });
}
