import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameFrame } from "../../src/codec/commands.js";
import { packControl } from "../../src/codec/datapoints-fixed.js";
import type { RawValues } from "../../src/codec/layout.js";
import { encodeAppCount, encodeBusinessFrame, M2M } from "../../src/codec/m2m.js";
import { ACTION, packP0 } from "../../src/codec/p0.js";
import { formatHexNumber, parseHex } from "../../src/core/hex.js";
import { listShippedProfiles, loadProfile } from "../../src/lab/profiles.js";
import { parseProfile } from "../../src/profile/load.js";
import type { Profile } from "../../src/profile/profile.js";
import { anyNoise, concat } from "../support/frames.js";
import { BENCH_ATTRS, printProfile } from "../support/profile-document.js";
import {
  hasTshark,
  ownValues,
  type Packet,
  readFields,
  readPackets,
  runTshark,
  type Shown,
  sampleP0s,
  shownValues,
  uart,
} from "../support/tshark.js";
import { loadM2mVectors, loadUartVectors } from "../support/vectors.js";

const isInstalled = hasTshark();
if (!isInstalled) process.stderr.write("test/e2e/tshark: skipped, tshark is missing: apt-get install tshark\n");

const profiles = listShippedProfiles().map(profileOf);
const petHouse = profileOf("pet-house");

function profileOf(name: string): Profile {
  return loadProfile(name).profile;
}

describe.skipIf(!isInstalled)("tshark with gizlab's dissector", () => {
  it.each(listShippedProfiles())("shows the datapoints of %s as gizlab decodes them", (name) => {
    const profile = profileOf(name);
    const { productKey } = profile;
    const reports = sampleP0s(profile, "report", 6);
    const controls = sampleP0s(profile, "control", 6);
    const packets = [
      ...reports.map((p0, sn): Packet => ({ hop: "uart.up", bytes: uart(0x05, p0, sn), productKey })),
      ...controls.map((p0, sn): Packet => ({ hop: "uart.down", bytes: uart(0x03, p0, sn), productKey })),
      ...controls.map((p0, sn): Packet => {
        const bytes = encodeBusinessFrame({ cmd: M2M.sendWithAck, sn, p0 });
        return { hop: "mqtt.down", bytes, productKey, topic: "app2dev/DID/app" };
      }),
    ];
    const shown = readPackets(packets, profiles).map((packet) => shownValues(profile, packet));
    expect(shown).toEqual([...reports, ...controls, ...controls].map((p0) => ownValues(profile, p0)));
    expect(Object.keys(shown[0] ?? {})).toHaveLength(profile.datapoints.length);
  });

  it("counts the flags of a fixed-length control over the writable datapoints only", () => {
    const toy = profileOf("ai-toy");
    const values = toy.datapoints.map(({ access, dataType, index }) =>
      access === "writable" && dataType !== "binary" ? index % 2 : undefined,
    );
    const p0 = concat(Uint8Array.of(ACTION.control), packControl(toy.layout, values));
    const [shown] = readPackets([{ hop: "uart.down", bytes: uart(0x03, p0) }], [toy]);
    expect(shownValues(toy, shown as Shown)).toEqual(ownValues(toy, p0));
  });

  it("rounds a scaled number to the decimals of its ratio", () => {
    const bench = parseProfile(printProfile(), "bench.json");
    const p0s = Array.from({ length: 1400 }, (_, level) =>
      packP0(bench.layout, { kind: "report", values: [0, 0, 0, new Uint8Array(4), level] }),
    );
    const packets = p0s.map((p0): Packet => ({ hop: "uart.up", bytes: uart(0x05, p0) }));
    const levels = readFields(packets, [bench], ["gizwits.bench.level"]).flat().map(Number);
    expect(levels).toEqual(p0s.map((p0) => ownValues(bench, p0).level));
  });

  it("shows every frame of an M2M payload", () => {
    const meter = profileOf("smart-meter");
    const p0s = sampleP0s(meter, "report", 3);
    const frames = p0s.map((p0, at) =>
      at === 1
        ? encodeBusinessFrame({ cmd: M2M.ack, sn: 4_000_000_000, p0 })
        : encodeBusinessFrame({ cmd: M2M.report, p0 }),
    );
    const packet: Packet = {
      hop: "mqtt.up",
      bytes: concat(...frames),
      productKey: meter.productKey,
      topic: "dev2app/DID",
    };
    const [shown] = readPackets([packet], profiles);
    expect(p0s.map((_, at) => shownValues(meter, shown as Shown, at))).toEqual(p0s.map((p0) => ownValues(meter, p0)));
    expect(shown?.get("gizwits.m2m.cmd")).toEqual(["0x0091", "0x0094", "0x0091"]);
    expect(readFields([packet], profiles, ["_ws.col.Info"])).toEqual([["up report, report sn 4000000000, report"]]);
  });

  it("shows the did of a frame with flag 01, and names the commands of the LAN", () => {
    const did = "FakeDid000000000000001";
    const meter = profileOf("smart-meter");
    const [p0 = new Uint8Array(0)] = sampleP0s(meter, "report", 1);
    const bytes = encodeBusinessFrame({ cmd: M2M.ack, sn: 2, did, p0 });
    const packet: Packet = { hop: "mqtt.up", bytes, productKey: meter.productKey, topic: "dev2app/DID" };
    const [shown] = readPackets([packet], profiles);
    expect(shown?.get("gizwits.m2m.did")).toEqual([did]);
    expect(shownValues(meter, shown as Shown, 0)).toEqual(ownValues(meter, p0));
    const login: Packet = { hop: "mqtt.up", bytes: encodeBusinessFrame({ cmd: 0x0008, p0: p0.slice(0, 3) }) };
    expect(readFields([login], [], ["_ws.col.Info"])).toEqual([["up login"]]);
  });

  it("reads every UART frame of uart.md 6 as it was read by hand", () => {
    const vectors = loadUartVectors();
    const packets = vectors.map(
      ({ dir, wire }): Packet => ({ hop: dir === "M" ? "uart.up" : "uart.down", bytes: wire }),
    );
    const fields = ["cmd", "sn", "flags", "len", "checksum_ok"].map((name) => `gizwits.uart.${name}`);
    const rows = readFields(packets, [], [...fields, "_ws.col.Info"]);
    expect(rows.map(([cmd, sn, flags, len]) => [Number(cmd), Number(sn), Number(flags), Number(len)])).toEqual(
      vectors.map(({ cmd, sn, flags, payload }) => [cmd, sn, flags, payload.length + 5]),
    );
    expect(rows.every(([, , , , isOk]) => isOk === "1" || isOk === "True")).toBe(true);
    rows.forEach(([, , , , , info], at) => {
      const { dir, cmd, sn, payload } = vectors[at] as (typeof vectors)[number];
      expect(info).toContain(`${dir === "M" ? "up" : "down"} ${nameFrame(cmd, payload)} sn ${sn}`);
    });
  });

  it("reads the M2M frames of cloud.md, with and without their topic", () => {
    const vectors = loadM2mVectors();
    const packets = vectors.flatMap(({ framing, bytes }): Packet[] => {
      const topic = framing === "control" ? "ser2cli_res/DID" : "dev2app/DID";
      return [
        { hop: "mqtt.up", bytes, topic },
        { hop: "mqtt.up", bytes },
      ];
    });
    const cmds = readFields(packets, [], ["gizwits.m2m.cmd"]).map(([cmd]) => Number(cmd));
    expect(cmds).toEqual(vectors.flatMap(({ cmd }) => [cmd, cmd]));
    const appCount: Packet = { hop: "mqtt.down", bytes: encodeAppCount(2), topic: "ser2cli_res/DID" };
    expect(readFields([appCount], [], ["_ws.col.Info", "gizwits.m2m.body", "gizwits.topic"])).toEqual([
      ["down app-count", "0002", "ser2cli_res/DID"],
    ]);
  });

  it("names the fields of other commands", () => {
    const info = loadUartVectors().find(({ cmd, payload }) => cmd === 0x02 && payload.length > 100);
    const time = uart(0x18, parseHex("07e8 021d 0b1e 3b 65e05b7b"));
    const packets: Packet[] = [
      { hop: "uart.up", bytes: info?.wire ?? new Uint8Array(0) },
      { hop: "uart.down", bytes: time },
      { hop: "uart.down", bytes: uart(0x0d, parseHex("073a")) },
      { hop: "uart.up", bytes: uart(0x1b, parseHex("0020 3031")) },
    ];
    const shown = readPackets(packets, profiles);
    expect(shown[0]?.get("gizwits.uart.device_info.hardware_version")).toEqual(["03010100"]);
    expect(shown[0]?.get("gizwits.uart.device_info.product_key")).toEqual(["a1b2c3d4e5f60718293a4b5c6d7e8f90"]);
    expect(shown[1]?.get("gizwits.uart.network_time.year")).toEqual(["2024"]);
    expect(shown[1]?.get("gizwits.uart.network_time.ntp")).toEqual([String(0x65e05b7b)]);
    expect(shown[2]?.get("gizwits.uart.wifi_status.status")).toEqual([String(0x073a)]);
    expect(shown[3]?.get("_ws.expert.message")).toContain("md5 reaches beyond the payload");
    const lines = readFields(packets, [], ["_ws.col.Info"]).flat();
    expect(lines[2]).toBe("down wifi-status sn 0: station binding router cloud");
    expect(lines[3]).toBe("up big-data-receiver-ready sn 0");
  });

  it("takes the stuffing out, and tells a wrong checksum, a cut frame and noise", () => {
    const p0 = packP0(petHouse.layout, { kind: "report", values: [1, 3, 255, 85, 255, 10, 1, 255] });
    const stuffed = uart(0x05, p0, 255);
    const bad = Uint8Array.from(stuffed);
    // The low byte of the flags, behind the stuffed sn.
    bad[8] = 1;
    const beat = uart(0x07, new Uint8Array(0), 9);
    const { productKey } = petHouse;
    const packets = [stuffed, bad, concat(stuffed.subarray(0, 12), beat), concat(Uint8Array.of(1, 2, 255), beat, beat)];
    const shown = readPackets(
      packets.map((bytes) => ({ hop: "uart.up", bytes, productKey })),
      profiles,
    );
    expect(shownValues(petHouse, shown[0] as Shown)).toEqual(ownValues(petHouse, p0));
    expect(shown[0]?.get("gizwits.uart.sn")).toEqual(["255"]);

    const [expected] = shown[0]?.get("gizwits.uart.checksum") ?? [];
    expect(shown[1]?.get("gizwits.uart.checksum_ok")).not.toEqual(shown[0]?.get("gizwits.uart.checksum_ok"));
    expect(Number(shown[1]?.get("gizwits.uart.checksum_expected")?.[0])).toBe(Number(expected) + 1);
    expect(shown[1]?.get("gizwits.uart.checksum")).toEqual([expected]);
    expect(shownValues(petHouse, shown[1] as Shown)).toEqual({});

    expect(shown[3]?.get("gizwits.uart.garbage")).toEqual(["01:02:ff"]);
    const lines = readFields(
      packets.map((bytes) => ({ hop: "uart.up", bytes, productKey })),
      profiles,
      ["_ws.col.Info"],
    );
    expect(lines.flat()).toEqual([
      "up report sn 255",
      expect.stringMatching(/^up \S+ sn 255, wrong checksum$/),
      "up broken frame, heartbeat sn 9",
      "up heartbeat sn 9, heartbeat sn 9",
    ]);
  });

  it("never stumbles, whatever the bytes", () => {
    const noise = fc.sample(anyNoise(), { numRuns: 150, seed: 7 });
    const wires = [...loadUartVectors().map(({ wire }) => wire), ...loadM2mVectors().map(({ bytes }) => bytes)];
    const cut = wires
      .filter(({ length }) => length < 30)
      .flatMap((wire) => [...wire.keys()].map((end) => wire.subarray(0, end)));
    // Good frames around any P0 reach further than noise does.
    const p0s = fc.sample(fc.tuple(fc.constantFrom(1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14), anyNoise(30)), {
      numRuns: 150,
      seed: 8,
    });
    const around = p0s.flatMap(([action, data]) => {
      const p0 = concat(Uint8Array.of(action), data);
      return [uart(0x05, p0), encodeBusinessFrame({ cmd: M2M.report, p0 })];
    });
    const withoutSn = parseHex("00000003 05 00 0093 0000");
    const packets = [...noise, ...cut, ...around, withoutSn].flatMap((bytes, at): Packet[] => {
      const productKey = profiles[at % profiles.length]?.productKey ?? "";
      return (["uart.up", "mqtt.down"] as const).map((hop) => ({ hop, bytes, productKey }));
    });
    expect(runTshark(packets, profiles, ["-Y", "_ws.lua.error"])).toBe("");
    expect(runTshark(packets, profiles, ["-Y", "gizwits"]).trimEnd().split("\n")).toHaveLength(packets.length);
  });

  it("finds the product by product_key, by preference, or because there is only one", () => {
    const report = loadUartVectors().find(
      ({ id, cmd, payload }) => id.startsWith("6.1") && cmd === 5 && payload.length === 11,
    );
    const packet = (productKey = ""): Packet[] => [
      { hop: "uart.up", bytes: report?.wire ?? new Uint8Array(0), productKey },
    ];
    const temperature = (known: readonly Profile[], productKey?: string, args: readonly string[] = []) =>
      readFields(packet(productKey), known, ["gizwits.pet_house.Temperature"], args).flat();
    expect(temperature(profiles, petHouse.productKey.toUpperCase())).toEqual(["-13"]);
    expect(temperature([petHouse])).toEqual(["-13"]);
    expect(temperature(profiles, "", ["-o", "gizwits.product:pet_house"])).toEqual(["-13"]);
    expect(temperature(profiles, "", ["-o", `gizwits.product:${petHouse.productKey}`])).toEqual(["-13"]);
    // Not guessed: two products, or a product that the only profile is not of.
    expect(temperature(profiles)).toEqual([""]);
    expect(temperature([petHouse], "0123456789abcdef0123456789abcdef")).toEqual([""]);
    expect(readPackets(packet(), profiles)[0]?.get("_ws.expert.message")?.join()).toContain("gizwits.product");
  });

  it("filters by datapoint, device and correlation id", () => {
    const packets = [10, 40, 70].map((raw): Packet => {
      const values: RawValues = [0, 2, 0, 0, 0, 0, 0, raw];
      const p0 = packP0(petHouse.layout, { kind: "report", values });
      return { hop: "uart.up", bytes: uart(0x05, p0, raw), productKey: petHouse.productKey };
    });
    const find = (filter: string) => readFields(packets, profiles, ["gizwits.uart.sn"], ["-Y", filter]).flat();
    const color = petHouse.datapoints[1]?.labels[2];
    expect(find("gizwits.pet_house.Temperature > 20")).toEqual(["40", "70"]);
    expect(find(`gizwits.pet_house.LED_Color == "${color}" && gizwits.id == "t0"`)).toEqual(["10"]);
    expect(find('gizwits.mac == "aabb" && gizwits.pet_house.Temperature == 57')).toEqual(["70"]);
    expect(find('gizwits.uart.cmd == "p0-up" && gizwits.direction == "down"')).toEqual([]);
    expect(find('frame.comment contains "id=t1 did=DID"')).toEqual(["40"]);
  });

  it("takes hostile names as names", () => {
    const labels = ['"}, os.exit(1)', "\\", "]]--", "°C 水", "%s%n"];
    const hostile = parseProfile(
      printProfile(
        Object.values({
          ...BENCH_ATTRS,
          power: { ...BENCH_ATTRS.power, display_name: '"\n]]os.exit(1)--%s' },
          mode: { ...BENCH_ATTRS.mode, enum: labels },
        }),
        { name: 'pump"]]\nos.exit(1)-- %s°' },
      ),
      "hostile.json",
    );
    const packets = labels.map((_, mode): Packet => {
      const p0 = packP0(hostile.layout, { kind: "report", values: [1, mode] });
      return { hop: "uart.up", bytes: uart(0x05, p0), productKey: hostile.productKey, topic: 'a"\n%s' };
    });
    const shown = readPackets(packets, [hostile]);
    expect(shown.map((packet) => packet.get("gizwits.pump_os_exit_1_s.mode"))).toEqual(labels.map((label) => [label]));
  });

  it("knows every command of the table by name", () => {
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const packets = codes.map((code): Packet => ({ hop: "uart.up", bytes: uart(code, new Uint8Array(0)) }));
    const lines = readFields(packets, [], ["_ws.col.Info"]).flat();
    const name = (code: number): string => {
      const known = nameFrame(code, new Uint8Array(0));
      return known === "unknown" ? `unknown command ${formatHexNumber(code)}` : known;
    };
    expect(lines).toEqual(codes.map((code) => `up ${name(code)} sn 0`));
  });

  it("marks an FF without its 55, also where it is the checksum, and a value outside its limits", () => {
    const packets = [
      "ffff0010050000000401ff000005011700000036",
      "ffff0010050000000401ff55000005011700000036",
      "ffff000506f40000ff",
      "ffff000506f40000ff55",
      "ffff00100500000004010100000501fa0000001b",
    ].map((hex): Packet => ({ hop: "uart.up", bytes: parseHex(hex), productKey: petHouse.productKey }));
    const said = readFields(packets, [petHouse], ["_ws.expert.message"]).map(([text = ""]) =>
      // The packet's own comment comes first.
      text.replace(/^uart\.up id=t\d did=DID mac=aabb,?/, ""),
    );
    expect(said).toEqual([
      expect.stringMatching(/^FF not stuffed: send 55 .*,255 is outside 0 to 254$/),
      expect.stringMatching(/^255 is outside 0 to 254$/),
      expect.stringMatching(/^FF not stuffed: send 55 /),
      "",
      expect.stringMatching(/^237 is outside -13 to 187$/),
    ]);
  });
});
