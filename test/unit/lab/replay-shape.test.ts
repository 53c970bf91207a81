import { describe, expect, it } from "vitest";
import { CMD } from "../../../src/codec/commands.js";
import { encodeFrame } from "../../../src/codec/frame.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import type { TraceEntry } from "../../../src/core/trace.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { pairExchanges } from "../../../src/lab/replay/exchanges.js";
import { readNextVersion, readShape } from "../../../src/lab/replay/recorded-shape.js";
import { readWire } from "../../../src/lab/replay/recorded-wire.js";
import { replaySide } from "../../../src/lab/replay/replay-side.js";
import { isSameValue } from "../../../src/lab/replay/same-reply.js";
import { packDeviceInfo, SDK_DEVICE_INFO, unpackDeviceInfo } from "../../../src/mcu/device-info.js";
import { describeFrame } from "../../../src/profile/describe.js";
import type { Recording } from "../../../src/record/recording.js";
import { isRedacted, redact } from "../../../src/record/redact.js";

const { profile } = loadProfile("pet-house");
const SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const LONG = packDeviceInfo(profile, {
  ...SDK_DEVICE_INFO,
  softwareVersion: "00000042",
  bindTimeoutS: 7,
  productSecret: SECRET,
  attributes: "0000000000000102",
  data: "LocalHT=30&tz=0",
});

type Line = readonly [at: number, way: "up" | "down", cmd: number, sn: number, payload?: string | Uint8Array];

/** A recording of frames, as sniff writes it. */
function record(...lines: readonly Line[]): Recording {
  const entries = lines.map(([at, way, cmd, sn, payload = ""], n): TraceEntry => {
    const bytes = typeof payload === "string" ? parseHex(payload) : payload;
    const frame = { cmd, sn, flags: 0, payload: bytes };
    const { offset: _, kind: __, checksum: ___, ...said } = describeFrame(0, frame, profile);
    // A control and what it causes are one hop's way.
    const id = cmd === CMD.p0Up || cmd === CMD.p0Down ? "control" : `t${n}`;
    const detail = { hex: formatHex(encodeFrame(frame)), ...said };
    return redact({ at, id, hop: `uart.${way}`, mac: "020000000001", detail });
  });
  return {
    header: {
      ...{ kind: "recording", format: 1, gizlab: "0", seed: null, clock: "wall", started_at: 0 },
      ...{ from_start: false, redacted: true, profiles: [{ name: "pet-house", document: profile.document }] },
    } as Recording["header"],
    entries,
  };
}

const [ASK, INFO, PING, PONG] = [0x01, 0x02, 0x07, 0x08];

describe("a device info", () => {
  it.each([
    ["0047, before attributes", LONG.subarray(0, 66)],
    ["004F, without a secret", LONG.subarray(0, 74)],
    ["006F, with a secret", LONG.subarray(0, 106)],
    ["with data", LONG],
    ["with bytes behind it", Uint8Array.of(...LONG, 1, 2)],
    ["with its secret hidden", LONG.map((byte, at) => (at >= 74 && at < 106 ? 0 : byte))],
  ])("%s is said again byte by byte", (_form, payload) => {
    expect(packDeviceInfo(profile, unpackDeviceInfo(payload))).toEqual(Uint8Array.from(payload));
  });
});

describe("a recorded wire", () => {
  it("shapes the ends: device info, pieces, module info and heartbeat", () => {
    const module = `01${"30".repeat(24)}${"00".repeat(40)}`;
    const { entries } = record(
      [0, "down", ASK, 0],
      [5, "up", INFO, 0, LONG],
      [100, "up", 0x21, 1, "00"],
      [110, "down", 0x22, 1, module],
      [200, "up", 0x1b, 2, "00000100"],
      [30_000, "down", PING, 1],
      [30_200, "down", PING, 1],
      [60_004, "down", PING, 2],
      [90_001, "down", PING, 3],
    );
    const shape = readShape(readWire(entries));
    expect(shape).toMatchObject({ pieceLength: 256, heartbeatMs: 30_000 });
    expect(shape.deviceInfo).toMatchObject({ softwareVersion: "00000042", bindTimeoutS: 7, data: "LocalHT=30&tz=0" });
    expect(formatHex(shape.moduleInfo ?? new Uint8Array(0))).toBe(module);
    expect(readNextVersion(readWire(entries), 0)).toBe("00000042");
    expect(readNextVersion(readWire(entries), 5)).toBeUndefined();
  });

  it("pairs a message that was sent again with one answer, and knows who could not answer", () => {
    const { entries } = record(
      [0, "down", ASK, 0],
      [200, "down", ASK, 0],
      [1000, "down", ASK, 1],
      [1050, "up", INFO, 1, LONG],
      [2000, "down", PING, 2],
      [2200, "down", PING, 2],
      [2250, "up", PONG, 2],
      [2450, "up", PONG, 2],
      [3000, "down", 0x0f, 3],
      [3010, "up", 0x10, 3],
      [3100, "down", PING, 4],
    );
    const { numbers, replies, away } = pairExchanges(readWire(entries), "uart.down");
    expect(numbers).toEqual([0, 0, 1, 2, 2, 3, 4]);
    expect(replies.map(({ exchange, wire }) => [exchange, wire.cmd])).toEqual([
      [1, INFO],
      [2, PONG],
      [3, 0x10],
    ]);
    expect([...away]).toEqual([0, 4]);
  });
});

describe("a replay against an MCU", () => {
  const session: readonly Line[] = [
    [0, "down", ASK, 0],
    [5, "up", INFO, 0, LONG],
    [1000, "down", PING, 1],
    [1010, "up", PONG, 1],
    [2000, "down", PING, 2],
    [2010, "up", PONG, 2],
  ];
  const differ = async (...lines: readonly Line[]): Promise<string[]> => {
    const { differences } = await replaySide(record(...lines), { against: "mcu" });
    return differences.map(({ kind, recorded, replayed }) => `${kind} ${(recorded ?? replayed)?.detail?.name}`);
  };

  it("is clean for a board of other versions, attributes, and a secret that the recording hides", async () => {
    expect(await differ(...session)).toEqual([]);
  });

  it("shows an answer that is missing, one that is too many, and a byte that is another", async () => {
    expect(await differ(...session.filter((_, n) => n !== 3))).toEqual(["extra heartbeat-ack"]);
    expect(await differ(...session, [2500, "up", 0x0e, 9])).toEqual(["missing wifi-status-ack"]);
    const other = Uint8Array.from(LONG);
    other[30] = (other[30] ?? 0) ^ 1;
    expect(await differ(...session, [3000, "down", ASK, 3], [3005, "up", INFO, 3, other])).toEqual([
      "changed device-info",
    ]);
    expect(
      await differ([0, "down", ASK, 0], [5, "up", INFO, 0, LONG], [9, "down", PING, 1], [10, "up", PONG, 1, "00"]),
    ).toEqual(["changed heartbeat-ack"]);
  });

  it("shows a byte that was changed in the bytes alone", async () => {
    const recording = record(...session);
    const entries = recording.entries.map((entry, n) =>
      n === 3 ? { ...entry, detail: { ...entry.detail, hex: "ffff0006080100000f1e" } } : entry,
    );
    const { differences } = await replaySide({ ...recording, entries }, { against: "mcu" });
    expect(differences.map(({ kind }) => kind)).toEqual(["changed"]);
  });

  it("needs the profile of the recorded product", async () => {
    const strange = Uint8Array.from(LONG);
    strange[40] = 0x7a;
    await expect(differ([0, "down", ASK, 0], [5, "up", INFO, 0, strange])).rejects.toMatchObject({
      code: "replay-impossible",
      hint: expect.stringContaining("--profile"),
    });
  });
});

describe("a mark of redaction", () => {
  it.each(["redacted", "<redacted>", "[REDACTED]", "***", "hidden"])("%s equals anything", (mark) => {
    expect(isRedacted(mark)).toBe(true);
    expect(isSameValue({ did: mark, n: 1 }, { did: "abc", n: 1 })).toBe(true);
    expect(isSameValue({ did: "abc", n: 1 }, { did: mark, n: 2 })).toBe(false);
  });

  it.each(["", "red", "0000", 0, undefined])("is not %j", (value) => {
    expect(isRedacted(value)).toBe(false);
  });
});
