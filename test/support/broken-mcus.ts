import { CMD } from "../../src/codec/commands.js";
import { checksumOf, spoilFrame } from "../../src/codec/frame.js";
import { unpackP0 } from "../../src/codec/p0.js";
import { splitFrames } from "../../src/codec/splitter.js";
import type { Clock } from "../../src/core/clock.js";
import type { Link } from "../../src/link/link.js";
import type { Behaviour } from "../../src/mcu/behaviour.js";
import { VENDOR_BEHAVIOURS } from "../../src/mcu/vendor-behaviours.js";
import { VirtualMcu } from "../../src/mcu/virtual-mcu.js";
import type { VirtualMcuOptions } from "../../src/mcu/virtual-mcu-options.js";

/** One coding mistake: what it does to the bytes, to the MCU's behaviour, or beside it. */
export interface BrokenMcu {
  readonly name: string;
  /** Every rule that must fail, with its clause and a piece of its hint; no other may. */
  readonly fails: readonly string[];
  readonly clause: string;
  readonly hint: RegExp;
  /** What is written instead of a frame. */
  readonly spoil?: (wire: Uint8Array) => Uint8Array | undefined;
  /** Whether what arrives is still looked at. */
  readonly hears?: (bytes: Uint8Array) => boolean;
  readonly reportEveryMs?: number;
  readonly takesAnything?: boolean;
}

const isPlainAck = (wire: Uint8Array): boolean =>
  wire.length <= 10 && (wire[4] ?? 1) % 2 === 0 && wire[4] !== CMD.illegalFromMcu;

/** The eight that the project's definition of done names, made anew for each run. */
export function createBrokenMcus(): BrokenMcu[] {
  let isDeaf = false;
  return [
    {
      name: "wrong checksum range",
      fails: ["frame-checksum"],
      clause: "uart.md 1",
      hint: /checksum counts the header/,
      spoil: (wire) =>
        spoilFrame(wire, (body) => {
          body[body.length - 1] = (checksumOf(body.subarray(0, -1)) + 0xff + 0xff) & 0xff;
        }),
    },
    {
      name: "unstuffed FF",
      fails: ["stuffing-out"],
      clause: "uart.md 1",
      hint: /FF not stuffed/,
      spoil: (wire) => Uint8Array.of(0xff, 0xff, ...unstuff(wire)),
    },
    {
      name: "sn not echoed",
      fails: ["sn-echo"],
      clause: "uart.md 1",
      hint: /copy sn from the request/,
      spoil: (wire) =>
        (wire[4] ?? 1) % 2 !== 0
          ? wire
          : spoilFrame(wire, (body) => {
              body[3] = 0;
              body[body.length - 1] = checksumOf(body.subarray(0, -1));
            }),
    },
    {
      name: "no ack",
      fails: ["ack-control", "ack-passthrough", "ack-status", "ack-heartbeat", "reboot"],
      clause: "uart.md 2.1",
      hint: /send (cmd \+ 1|10)/,
      spoil: (wire) => (isPlainAck(wire) ? undefined : wire),
    },
    {
      name: "little-endian length",
      fails: ["frame-length"],
      clause: "uart.md 1",
      hint: /little-endian/,
      spoil: (wire) =>
        spoilFrame(wire, (body) => {
          body.subarray(0, 2).reverse();
        }),
    },
    {
      name: "enum out of range",
      fails: ["control-mode-beyond"],
      clause: "uart.md 3.1",
      hint: /check a value before it is taken/,
      takesAnything: true,
    },
    { name: "report storm", fails: ["report-rate"], clause: "uart.md 3.1", hint: /noisy sensor/, reportEveryMs: 1500 },
    {
      name: "deaf after noise",
      fails: ["noise-garbage"],
      clause: "uart.md 1.2",
      hint: /look for FF FF again/,
      hears(bytes) {
        isDeaf ||= bytes[0] !== 0xff;
        return !isDeaf;
      },
    },
  ];
}

/** Waits for ever for the rest of half a frame; made anew for each start. */
export function createDeafAfterTruncation(): Pick<BrokenMcu, "hears"> {
  let isDeaf = false;
  return {
    hears(bytes) {
      isDeaf ||= splitFrames(bytes).some((item) => item.kind === "bad" && item.bad.reason === "truncated");
      return !isDeaf;
    },
  };
}

export type BrokenMcuOptions = Pick<VirtualMcuOptions, "profile" | "model" | "lineTime"> & {
  readonly clock: Clock;
  readonly link: Link;
};

/** Powers the broken MCU on. */
export function startBrokenMcu(broken: Partial<BrokenMcu>, options: BrokenMcuOptions): VirtualMcu {
  const { spoil = (wire) => wire, hears = () => true, reportEveryMs, takesAnything = false } = broken;
  const { link, clock, profile } = options;
  let enumHeld: number | undefined;
  const point = profile.datapoints.find(({ name }) => name === "mode");
  const gullible: Behaviour = {
    name: "takes anything",
    answer({ cmd, payload }) {
      // Other lengths and actions are refused by the behaviours behind this one.
      const { flagsLength, writableLength } = profile.layout.fixed;
      if (cmd !== CMD.p0Down || payload.length !== 1 + flagsLength + writableLength) return undefined;
      const content = unpackP0(profile.layout, payload);
      if (content.kind === "control" && point !== undefined)
        enumHeld = content.values[point.index] as number | undefined;
      return undefined;
    },
  };
  const mcu = new VirtualMcu({
    ...options,
    behaviours: takesAnything ? [gullible, ...VENDOR_BEHAVIOURS] : VENDOR_BEHAVIOURS,
    link: {
      ...bind(link),
      write(bytes) {
        const spoilt = spoil(bytes);
        if (spoilt !== undefined) link.write(takesAnything && enumHeld === 5 ? holdEnum(spoilt) : spoilt);
      },
      onData: (receiver) => link.onData((bytes) => hears(bytes) && receiver(bytes)),
    },
  });
  mcu.start();
  const storm = (): void => {
    mcu.report();
    clock.setTimer("storm", reportEveryMs ?? 0, storm);
  };
  if (reportEveryMs !== undefined) storm();
  return mcu;
}

/** The air conditioner's mode, bits 2 to 4 of its first section, as 5 in every report and read reply. */
function holdEnum(wire: Uint8Array): Uint8Array {
  const isStatus = (wire[4] === CMD.p0Up || wire[4] === CMD.p0DownAck) && wire.length > 12;
  if (!isStatus) return wire;
  return spoilFrame(wire, (body) => {
    body[7] = ((body[7] ?? 0) & ~0x1c) | (5 << 2);
    body[body.length - 1] = checksumOf(body.subarray(0, -1));
  });
}

function bind(link: Link): Link {
  return {
    write: (bytes) => link.write(bytes),
    onData: (receiver) => link.onData(receiver),
    onClose: (listener) => link.onClose(listener),
    close: () => link.close(),
  };
}

function unstuff(wire: Uint8Array): Uint8Array {
  return wire.subarray(2).filter((byte, at, body) => byte !== 0x55 || body[at - 1] !== 0xff);
}
