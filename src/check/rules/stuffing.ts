import { CMD } from "../../codec/commands.js";
import { packP0 } from "../../codec/p0.js";
import { formatHex } from "../../core/hex.js";
import { fail, PASSED, pass, type Rule } from "../rule.js";

const SN_FF = 0xff;
const FINAL_55_MS = 50;
/** A heartbeat with this sn has the checksum FF; the answer to the one before it has. */
const SN_CHECKSUM_DOWN = 0xf3;
const SN_CHECKSUM_UP = 0xf2;

/** FF behind the header travels as FF 55, both ways (uart.md 1). */
export const STUFFING_RULES: readonly Rule[] = [
  {
    id: "stuffing-in",
    clause: "uart.md 1",
    words: "reads FF 55 as FF in sn, payload and checksum",
    hint: "take the 55 behind an FF out before counting len and summing",
    async run(bench) {
      const data = Uint8Array.of(0xff, 0x55, 0xff, 0xff, 0x55, 0x55);
      const passthrough = packP0(bench.profile.layout, { kind: "passthrough-down", data });
      const probes = [
        ["01 with sn FF", CMD.getDeviceInfo, undefined, SN_FF],
        ["01 with checksum FF", CMD.getDeviceInfo, undefined, 0xf9],
        ["passthrough of FF 55 FF FF", CMD.p0Down, passthrough, 0x30],
        ["a heartbeat with checksum FF", CMD.heartbeat, undefined, SN_CHECKSUM_DOWN],
      ] as const;
      for (const [what, cmd, payload, sn] of probes) {
        bench.send(cmd, payload, sn);
        await bench.idle(500);
        const refusal = bench.arrivals.find(({ frame }) => frame.cmd === CMD.illegalFromMcu);
        if (refusal !== undefined) return fail(`an answer to ${what}`, refusal.words);
      }
      const isHeard = bench.arrivals.filter(({ frame }) => frame.cmd === CMD.deviceInfo).length >= 2;
      return isHeard ? PASSED : fail("an answer to 01 with sn FF, and one with checksum FF", "less");
    },
  },
];

/** Judges every frame of the check so far, and so it comes late. */
export const STUFFING_OUT: Rule = {
  id: "stuffing-out",
  clause: "uart.md 1",
  words: "sends FF behind the header as FF 55 in every frame, in sn, payload and checksum",
  hint: "FF not stuffed: send 55 after every FF behind the header, last of all",
  async run(bench) {
    await bench.ask(CMD.heartbeat, undefined, { sn: SN_FF });
    await bench.ask(CMD.heartbeat, undefined, { sn: SN_CHECKSUM_UP });
    await bench.ask(CMD.getDeviceInfo, undefined, { sn: SN_FF });
    // The 55 behind a last FF comes with it or right after it.
    await bench.idle(FINAL_55_MS + bench.slackMs);
    const { tolerated } = bench;
    const bare = tolerated.find(({ mistake }) => mistake.kind === "unstuffed");
    if (bare !== undefined) {
      const found = `${formatHex(bare.arrival.wire())} (${bare.arrival.words})`;
      return fail("FF 55", found, bare.mistake.hint);
    }
    return pass(...new Set(tolerated.map(({ arrival, mistake }) => `${arrival.words}: ${mistake.hint}`)));
  },
};
