import type { Clock, Timer } from "../core/clock.js";
import type { HttpFaults } from "./context.js";
import { type ErrorAnswer, InjectedFault } from "./errors.js";
import type { Face } from "./face.js";

const TOO_MANY = 429;
const UNAVAILABLE = 503;

/**
 * Lets faults answer requests of the vendor's faces, or keep them waiting; the lab's own routes always work.
 * @param answerOf how the face of a path says what is wrong
 */
export function injectFaults(
  server: Face,
  clock: Clock,
  faults: HttpFaults,
  answerOf: (path: string) => ErrorAnswer,
): void {
  /** Ends the wait of a request: true when its time has come, false when nobody waits any more. */
  const waiting = new Map<(isTime: boolean) => void, Timer>();
  const endAll = (): void => {
    for (const [end, timer] of [...waiting]) {
      timer.cancel();
      end(false);
    }
  };
  faults.onReplaced(endAll);
  server.addHook("preClose", (done) => {
    endAll();
    done();
  });
  server.addHook("onRequest", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (path.startsWith("/_lab/")) return;
    const fault = faults.judgeRequest(request.method, path);
    if (fault === undefined) return;
    if ("delayMs" in fault) {
      clock.letGo();
      const isTime = await new Promise<boolean>((resolve) => {
        const end = (come: boolean): void => {
          waiting.delete(end);
          resolve(come);
        };
        const timer = clock.setTimer("slow answer", fault.delayMs, () => {
          // Now that time has come so far it waits until the answer is out.
          if (!reply.raw.destroyed) reply.raw.once("close", clock.hold());
          end(true);
        });
        waiting.set(end, timer);
        // A client that gives up waits no longer.
        reply.raw.once("close", () => {
          timer.cancel();
          end(false);
        });
      });
      return isTime ? undefined : reply.code(UNAVAILABLE).send();
    }
    if (fault.status === TOO_MANY) void reply.header("retry-after", "1");
    answerOf(path)(new InjectedFault(fault.status), request, reply);
    return reply;
  });
}
