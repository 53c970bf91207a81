import { CMD, findCommand } from "../codec/commands.js";
import { encodeFrame, spoilFrame } from "../codec/frame.js";
import type { RawValue, RawValues } from "../codec/layout.js";
import { packNetworkTime } from "../codec/network-time.js";
import { packP0 } from "../codec/p0.js";
import { formatHex } from "../core/hex.js";
import { toWhole, type Whole } from "../core/numbers/whole.js";
import type { Random } from "../core/random.js";
import type { Datapoint, Profile } from "../profile/profile.js";
import { findBeyond, limits } from "./limits.js";

const NO_PAYLOAD = new Uint8Array(0);
const LONGEST_SEQUENCE = 8;
const LONGEST_NOISE = 48;
const LONGEST_FF_RUN = 9;
/** The largest frame that any vendor names, and some beyond it (uart.md 1). */
const OVERSIZE = { least: 901, most: 1100 };
/** Codes that uart.md 2.1 leaves free. */
const FREE_COMMANDS = { first: 0x60, last: 0xfe };

type MakePiece = (random: Random, profile: Profile) => Uint8Array;

/** What a sequence is made of: what a module says, and what no module would (uart.md 1, 1.2, 2.9, 4). */
export const PIECES: Readonly<Record<string, MakePiece>> = {
  valid: makeValid,
  control: (random, profile) => p0(random, control(profile, random, chooseAllowed)),
  "bad checksum": (random, profile) =>
    spoilFrame(makeValid(random, profile), (body) => {
      body[body.length - 1] = (body.at(-1) ?? 0) + random.integer(1, 0xff);
    }),
  "wrong length": (random, profile) =>
    spoilFrame(makeValid(random, profile), (body) => {
      const near = (body[1] ?? 0) + random.integer(-8, 8);
      const len = random.pick([near, 0, 1, 4, random.integer(0, 0xffff), (body[1] ?? 0) << 8, 0xff]) & 0xffff;
      body[0] = len >> 8;
      body[1] = len;
    }),
  truncated(random, profile) {
    const wire = makeValid(random, profile);
    return wire.subarray(0, random.integer(1, wire.length - 1));
  },
  noise: (random) => random.bytes(random.integer(1, LONGEST_NOISE)),
  "run of FF": (random) => new Uint8Array(random.integer(1, LONGEST_FF_RUN)).fill(0xff),
  unstuffed: (random, profile) => Uint8Array.from([0xff, 0xff, ...unstuff(makeStuffed(random, profile))]),
  "unknown command": (random) =>
    frame(random, random.integer(FREE_COMMANDS.first, FREE_COMMANDS.last), random.bytes(random.integer(0, 12))),
  "unasked answer": (random) => frame(random, random.pick([CMD.p0UpAck, 0x0a, 0x0c, 0x14, 0x16, 0x2a]), NO_PAYLOAD),
  "bytes too many": (random) => frame(random, CMD.heartbeat, random.bytes(random.integer(1, 20))),
  oversize: (random, profile) => p0(random, passthrough(profile, random, OVERSIZE.least, OVERSIZE.most)),
  "control beyond": (random, profile) =>
    p0(
      random,
      control(profile, random, (point) => findBeyond(point)),
    ),
  "control cut short"(random, profile) {
    const whole = control(profile, random, chooseAllowed);
    return p0(random, whole.subarray(0, random.integer(0, whole.length - 1)));
  },
  "flags of nothing"(random, profile) {
    const content = control(profile, random, chooseAllowed);
    const { flagsLength } = flagsOf(profile);
    // Values without flags where the form carries them, and flags that no datapoint has.
    if (random.integer(0, 1) === 0 && profile.layout.protocol !== "var_len") content.fill(0, 1, 1 + flagsLength);
    else content[1] = (content[1] ?? 0) | paddingOf(profile);
    return p0(random, content);
  },
  "unknown action": (random) => p0(random, Uint8Array.of(random.integer(0x20, 0x6f), ...random.bytes(4))),
};

const KINDS = Object.keys(PIECES);
/** A large frame takes a second on the line, and half of all sequences would have one. */
const RARE = ["oversize"];

/** A sequence of things to write one after the other; the same for equal seeds. */
export function makeSequence(random: Random, profile: Profile): Uint8Array[] {
  return Array.from({ length: random.integer(1, LONGEST_SEQUENCE) }, () => {
    const kind = random.pick(KINDS);
    const again = RARE.includes(kind) ? random.pick(KINDS) : kind;
    return (PIECES[again] as MakePiece)(random, profile);
  });
}

/** The bytes of attr_flags, and the bits of its first one that belong to no datapoint (uart.md 4.3, 4.4). */
function flagsOf({ layout, datapoints }: Profile): { count: number; flagsLength: number } {
  const isVariable = layout.protocol === "var_len";
  const count = isVariable ? datapoints.length : datapoints.filter(({ access }) => access === "writable").length;
  return { count, flagsLength: Math.ceil(count / 8) };
}

function paddingOf(profile: Profile): number {
  const used = flagsOf(profile).count % 8;
  return used === 0 ? 0 : 0xff & ~((1 << used) - 1);
}

/** Anything that a module may say at any time; not 0F, after which nobody answers for a while. */
function makeValid(random: Random, profile: Profile): Uint8Array {
  const { layout } = profile;
  switch (random.integer(0, 7)) {
    case 0:
      return frame(random, CMD.getDeviceInfo, NO_PAYLOAD);
    case 1:
      return frame(random, CMD.wifiStatus, random.bytes(2));
    case 2:
      return p0(random, packP0(layout, { kind: "read" }));
    case 3:
      return p0(random, passthrough(profile, random, 0, 40));
    case 4:
      return frame(random, CMD.networkTime, packNetworkTime(random.integer(0, 2_000_000_000) * 1000));
    case 5:
      return frame(random, CMD.illegalFromModule, Uint8Array.of(random.integer(1, 4)));
    case 6:
      return p0(random, control(profile, random, chooseAllowed));
    default:
      return frame(random, CMD.heartbeat, NO_PAYLOAD);
  }
}

function makeStuffed(random: Random, profile: Profile): Uint8Array {
  const data = Uint8Array.from({ length: random.integer(1, 12) }, () => random.pick([0xff, 0x55, 0]));
  return p0(random, packP0(profile.layout, { kind: "passthrough-down", data }));
}

function passthrough({ layout }: Profile, random: Random, least: number, most: number): Uint8Array {
  return packP0(layout, { kind: "passthrough-down", data: random.bytes(random.integer(least, most)) });
}

/** A control of some writable datapoints. */
function control(
  { layout, datapoints }: Profile,
  random: Random,
  choose: (point: Datapoint, random: Random) => RawValue | undefined,
): Uint8Array {
  const values: RawValues = [];
  for (const point of datapoints) {
    if (point.access === "writable" && random.integer(0, 1) === 0) values[point.index] = choose(point, random);
  }
  return packP0(layout, { kind: "control", values });
}

function chooseAllowed(point: Datapoint, random: Random): RawValue {
  const [least, most] = limits(point);
  if (least instanceof Uint8Array || most instanceof Uint8Array) return random.bytes(point.width);
  if (point.dataType === "uint64") return random.pick([least, most, chooseWide(least, most, random)]);
  return random.pick([least, most, random.integer(Number(least), Number(most))]);
}

function chooseWide(least: Whole, most: Whole, random: Random): Whole {
  const drawn = BigInt(`0x${formatHex(random.bytes(8))}`);
  return toWhole(BigInt(least) + (drawn % (BigInt(most) - BigInt(least) + 1n)));
}

function p0(random: Random, payload: Uint8Array): Uint8Array {
  return frame(random, CMD.p0Down, payload);
}

function frame(random: Random, cmd: number, payload: Uint8Array): Uint8Array {
  const flags = findCommand(cmd) !== undefined && random.integer(0, 15) === 0 ? random.integer(1, 0xffff) : 0;
  return encodeFrame({ cmd, sn: random.integer(0, 0xff), flags, payload });
}

function unstuff(wire: Uint8Array): Uint8Array {
  return wire.subarray(2).filter((byte, at, body) => byte !== 0x55 || body[at - 1] !== 0xff);
}
