import type { Millis } from "../../core/duration.js";
import { formatHex } from "../../core/hex.js";
import type { ModuleBench } from "../module-bench.js";
import { type Arrival, isReport } from "../passage.js";
import type { ReportProvoker } from "../report-provoker.js";
import { defineRule, fail, find, PASSED, pass, type Rule, skip } from "../rule.js";
import { isUrgent } from "./reports.js";

/** The document's time, and the longest of a fork of the SDK with what its loop adds (uart.md 3). */
const DOCUMENT_MS = 200;
const LATEST_MS = 5500;
/** A module needs its time to answer. */
const EARLIEST_MS = 150;
/** The document's three resends; both implementations send three times in all (uart.md 3, 8). */
const MOST_TRANSMISSIONS = 4;
/** How long further transmissions are counted at most. */
const COUNT_MS = { quick: 6000, full: 25_000 };
/** A new message takes the place of the one that waits (uart.md 3); after this number of them the rule is skipped. */
const MOST_REPLACED = 3;

type Search =
  | { readonly kind: "same"; readonly first: Arrival; readonly again: Arrival }
  | { readonly kind: "other bytes" | "other sn"; readonly first: Arrival; readonly again: Arrival }
  | { readonly kind: "replaced" }
  | { readonly kind: "none" };

/** What an MCU does with a report that is not acknowledged, and with one that is (uart.md 3). */
export function createResendRules(reporter: ReportProvoker): Rule[] {
  return [
    defineRule({
      id: "resend",
      clause: "uart.md 3",
      words: "sends an unanswered report again, same bytes and sn, at most three times more",
      hint: "keep the frame until 06 comes: same bytes, same sn, a new sn only for a new message",
      isTimed: true,
      findings: {
        early: {
          verdict: "advice",
          hint: "a module needs up to 200 ms to answer: wait for so long before the report is sent again",
        },
      },
      async run(bench) {
        await reporter.prepare(bench);
        bench.begin();
        bench.isAcknowledging = false;
        const report = await reporter.provoke(bench);
        if (report === undefined) return skip("nothing was reported");
        const search = await findResend(bench, report);
        switch (search.kind) {
          case "none":
            return fail(`the same frame again within ${formatMs(LATEST_MS)}`, "it was sent once");
          case "replaced":
            return skip("a new report took the place of the unanswered one each time");
          case "other bytes":
            return fail(formatHex(search.first.wire()), `${formatHex(search.again.wire())} with the same sn`);
          case "other sn":
            return fail(`sn ${search.first.frame.sn} again`, `sn ${search.again.frame.sn}`);
          case "same": {
            const gapMs = search.again.at - search.first.at;
            bench.resendMs = gapMs;
            const count = await countTransmissions(bench, search.first, gapMs);
            if (count > MOST_TRANSMISSIONS) return fail(`${MOST_TRANSMISSIONS} transmissions at most`, `${count}`);
            const note = `resent after ${formatMs(gapMs)}`;
            if (gapMs < EARLIEST_MS - bench.slackMs) return find("early", `again after ${DOCUMENT_MS} ms`, note);
            return pass(gapMs > 2 * DOCUMENT_MS + bench.slackMs ? `${note}, ${DOCUMENT_MS} ms by the document` : note);
          }
        }
      },
    }),
    {
      id: "resend-ends",
      clause: "uart.md 3",
      words: "does not repeat a report that was acknowledged",
      hint: "the answer to 05 is 06; clear the waiting frame when it comes",
      isTimed: true,
      async run(bench) {
        const report = await reporter.provoke(bench);
        if (report === undefined) return skip("nothing was reported");
        await bench.idle(Math.max(1200, (bench.resendMs ?? 0) + 500));
        const count = bench.arrivals.filter(({ frame }) => frame.cmd === 0x05 && frame.sn === report.frame.sn).length;
        return count === 1 ? PASSED : fail("sent once", `sent ${count} times`);
      },
    },
  ];
}

/** What came after an unanswered report, or after one that took its place. */
async function findResend(bench: ModuleBench, report: Arrival): Promise<Search> {
  let first = report;
  for (let replaced = 0; replaced < MOST_REPLACED; replaced += 1) {
    const again = await nextAfter(bench, first);
    if (again === undefined) return { kind: "none" };
    if (isSameBytes(first, again)) return { kind: "same", first, again };
    if (first.frame.sn === again.frame.sn) return { kind: "other bytes", first, again };
    const isSamePayload = formatHex(first.frame.payload) === formatHex(again.frame.payload);
    // One new reading may come by itself; a second one in less than 6 s is the same report, packed again.
    if (isSamePayload || (replaced > 0 && !isUrgent(bench, first, again))) return { kind: "other sn", first, again };
    first = again;
  }
  return { kind: "replaced" };
}

/** The first report behind `first`, which may have come while something else was waited for. */
async function nextAfter(bench: ModuleBench, first: Arrival): Promise<Arrival | undefined> {
  const behind = bench.arrivals.slice(bench.arrivals.indexOf(first) + 1).find(isReport);
  const leftMs = first.at + LATEST_MS + bench.slackMs - bench.now();
  return behind ?? bench.next(isReport, Math.max(0, leftMs));
}

async function countTransmissions(bench: ModuleBench, first: Arrival, gapMs: Millis): Promise<number> {
  const wantedMs = Math.max(1500, (MOST_TRANSMISSIONS + 0.5) * gapMs);
  await bench.idle(Math.min(wantedMs, COUNT_MS[bench.isQuick ? "quick" : "full"]));
  return bench.arrivals.filter((arrival) => isReport(arrival) && isSameBytes(arrival, first)).length;
}

function isSameBytes(a: Arrival, b: Arrival): boolean {
  const [one, other] = [a.frame, b.frame];
  return one.sn === other.sn && one.flags === other.flags && formatHex(one.payload) === formatHex(other.payload);
}

function formatMs(ms: Millis): string {
  return `${Math.round(ms).toLocaleString("en-US")} ms`;
}
