import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { encodeFrame } from "../../src/codec/frame.js";
import type { RawValue, RawValues } from "../../src/codec/layout.js";
import { packP0, unpackP0 } from "../../src/codec/p0.js";
import { formatHex } from "../../src/core/hex.js";
import type { TraceEntry } from "../../src/core/trace.js";
import type { Datapoint, Profile } from "../../src/profile/profile.js";
import { type DisplayValue, displayValues } from "../../src/profile/scale.js";
import { printDissector } from "../../src/record/dissector.js";
import { encodePcapng } from "../../src/record/pcapng.js";
import { makeTempFolder } from "./temp-folder.js";

/** Whether there is a tshark to test with: `apt-get install tshark`. */
export function hasTshark(): boolean {
  return spawnSync("tshark", ["-v"]).status === 0;
}

/** A packet of a test: what went over which link, of which product. */
export interface Packet {
  readonly hop: "uart.up" | "uart.down" | "mqtt.up" | "mqtt.down";
  readonly bytes: Uint8Array;
  readonly productKey?: string;
  readonly topic?: string;
}

/** A UART frame on the wire. */
export function uart(cmd: number, payload: Uint8Array, sn = 0): Uint8Array {
  return encodeFrame({ cmd, sn, flags: 0, payload });
}

/** What tshark prints of the packets with a dissector for the profiles. */
export function runTshark(packets: readonly Packet[], known: readonly Profile[], args: readonly string[]): string {
  const folder = makeTempFolder();
  const [script, capture] = [join(folder, "gizwits.lua"), join(folder, "capture.pcapng")];
  const entries = packets.map(({ hop, bytes, topic }, at): TraceEntry => {
    return { at, id: `t${at}`, hop, did: "DID", mac: "aabb", detail: { hex: formatHex(bytes), topic } };
  });
  const productKeyOf = ({ at }: TraceEntry): string | undefined => packets[at]?.productKey;
  writeFileSync(script, printDissector(known));
  writeFileSync(capture, encodePcapng(entries, { productKeyOf }));
  const { stdout, stderr, status } = spawnSync("tshark", ["-X", `lua_script:${script}`, "-r", capture, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    // A folder without settings, so that nobody's own are used.
    env: { ...process.env, WIRESHARK_CONFIG_DIR: folder },
  });
  const complaints = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("Running as user"));
  expect({ status, complaints }).toEqual({ status: 0, complaints: [] });
  return stdout;
}

/** The values of some fields, a row a packet; of a field that is there several times all, with commas. */
export function readFields(
  packets: readonly Packet[],
  known: readonly Profile[],
  fields: readonly string[],
  args: readonly string[] = [],
) {
  const columns = fields.flatMap((field) => ["-e", field]);
  const text = runTshark(packets, known, [...args, "-T", "fields", ...columns]);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t"));
}

/** The fields of one packet by name, each as often as it is there. */
export type Shown = ReadonlyMap<string, readonly string[]>;

/** Every field of each packet, by name. */
export function readPackets(
  packets: readonly Packet[],
  known: readonly Profile[],
  args: readonly string[] = [],
): Shown[] {
  const text = runTshark(packets, known, [...args, "-T", "json", "--no-duplicate-keys"]);
  return (JSON.parse(text) as { _source: { layers: object } }[]).map(({ _source }) => {
    const shown = new Map<string, string[]>();
    collect(_source.layers, "", shown);
    return shown;
  });
}

function collect(node: unknown, name: string, shown: Map<string, string[]>): void {
  if (typeof node === "string") shown.set(name, [...(shown.get(name) ?? []), node]);
  else if (Array.isArray(node)) for (const item of node) collect(item, name, shown);
  else for (const [key, item] of Object.entries(node as object)) collect(item, key, shown);
}

/** A field's text as gizlab's own value. */
function parseShown({ dataType }: Datapoint, text: string): DisplayValue {
  if (dataType === "bool") return text === "1" || text === "True";
  if (dataType === "binary") return text.replaceAll(":", "");
  return dataType === "enum" ? text : Number(text);
}

/** The datapoints of a packet as tshark shows them; in `at` of the frames where it holds several. */
export function shownValues(profile: Profile, shown: Shown, at = 0): Record<string, DisplayValue> {
  const prefix = `gizwits.${profile.name.replaceAll("-", "_")}.`;
  const found: Record<string, DisplayValue> = {};
  for (const datapoint of profile.datapoints) {
    const text = shown.get(prefix + datapoint.name)?.[at];
    if (text !== undefined) found[datapoint.name] = parseShown(datapoint, text);
  }
  return found;
}

/** What gizlab reads out of a P0. An enum index without a label is text in Wireshark. */
export function ownValues(profile: Profile, p0: Uint8Array): Record<string, DisplayValue> {
  const content = unpackP0(profile.layout, p0);
  if (!("values" in content)) throw new Error("the P0 holds no values");
  const values = displayValues(profile, content.values);
  for (const { name, dataType } of profile.datapoints) {
    if (dataType === "enum" && values[name] !== undefined) values[name] = String(values[name]);
  }
  return values;
}

function anyRaw({ dataType, width }: Datapoint): fc.Arbitrary<RawValue> {
  if (dataType === "binary") return fc.uint8Array({ minLength: width, maxLength: width });
  const bits = dataType === "bool" || dataType === "enum" ? width : width * 8;
  return fc.oneof(fc.constantFrom(0, 2 ** bits - 1), fc.integer({ min: 0, max: 2 ** bits - 1 }));
}

/** P0s of a product with values over the whole width of each datapoint, out-of-range ones too. */
export function sampleP0s(profile: Profile, kind: "report" | "control", count: number): Uint8Array[] {
  const points = profile.datapoints.map((datapoint) =>
    kind === "report" ? anyRaw(datapoint) : fc.option(anyRaw(datapoint), { nil: undefined }),
  );
  return fc
    .sample(fc.tuple(...points) as fc.Arbitrary<RawValues>, { numRuns: count, seed: 4 })
    .map((values) =>
      packP0(profile.layout, { kind, values: kind === "report" ? values : writableOnly(profile, values) }),
    );
}

function writableOnly(profile: Profile, values: RawValues): RawValues {
  return values.map((value, index) => (profile.datapoints[index]?.access === "writable" ? value : undefined));
}
