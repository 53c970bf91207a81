import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startLab } from "../../../src/testing.js";

const F14 = JSON.parse(readFileSync(new URL("../../fixtures/cases/f14-uint64.json", import.meta.url), "utf8"));
const MOST = "18446744073709551615";

/** Values of 8 bytes as they are given, and as they are shown everywhere. */
const VALUES: readonly [given: number | bigint | string, shown: number | string][] = [
  [0, 0],
  [1, 1],
  [2 ** 53 - 1, 9007199254740991],
  [2n ** 53n, "9007199254740992"],
  ["9007199254740993", "9007199254740993"],
  [MOST, MOST],
];

async function startWide(protocolType: "standard" | "var_len") {
  const document = { ...F14, name: "wide", protocolType };
  const lab = await startLab({ profiles: [{ name: "wide", document }], clock: "virtual", seed: 14 });
  const device = await lab.device("wide");
  const user = await lab.user();
  await user.bind(device);
  return { lab, device, user };
}

describe.each(["standard", "var_len"] as const)("a uint64 of a %s product", (protocol) => {
  it("keeps every digit from the device's side to the app, and back", async () => {
    const { lab, device, user } = await startWide(protocol);
    await using _ = lab;
    for (const [given, shown] of [...VALUES].reverse()) {
      await device.set({ kuozhan: given });
      await device.expectReport({ kuozhan: given });
      expect(device.attrs).toEqual({ kuozhan: shown });
      expect(await user.latest(device)).toEqual({ kuozhan: shown });
    }
    for (const [given, shown] of VALUES.slice(1)) {
      await user.control(device, { kuozhan: given });
      await device.expectControl({ kuozhan: given });
      await device.expectReport({ kuozhan: shown });
      expect(await user.latest(device)).toEqual({ kuozhan: shown });
    }
    await device.control({ kuozhan: 2n ** 63n + 1n });
    await device.expectReport({ kuozhan: "9223372036854775809" });
    // The control face takes numbers in the digits of its JSON, too.
    for (const [body, status] of [
      [`{"attrs":{"kuozhan":${MOST}}}`, 200],
      [`{"attrs":{"kuozhan":18446744073709551616}}`, 400],
      [`{"attrs":{"kuozhan":-1}}`, 400],
    ] as const) {
      const answer = await user.request("POST", `/app/control/${device.did}`, Buffer.from(body), {
        "content-type": "application/json",
      });
      expect([body, answer.status, JSON.stringify(answer.body)]).toEqual([body, status, expect.any(String)]);
    }
    await device.expectReport({ kuozhan: MOST });
  });

  it("keeps its value over a save, and in what an app asks of the past", async () => {
    const { lab, device, user } = await startWide(protocol);
    await using _ = lab;
    await device.set({ kuozhan: MOST });
    await device.expectReport({ kuozhan: MOST });
    await lab.save("most");
    await device.set({ kuozhan: 5 });
    await device.expectReport({ kuozhan: 5 });
    await lab.restore("most");
    expect(device.attrs).toEqual({ kuozhan: MOST });
    expect(await user.latest(device)).toEqual({ kuozhan: MOST });
    const now = Math.ceil(lab.clock.now() / 1000);
    const past = `type=cmd&start_time=${now - 3600}&end_time=${now + 1}`;
    const raw = await user.get(`/app/devices/${device.did}/raw_data?${past}`);
    expect(JSON.stringify(raw.body)).toContain("ffffffffffffffff");
    // Sums, least and most are numbers: 53 of the 64 bits.
    const range = `start_ts=${(now - 3600) * 1000}&end_ts=${(now + 1) * 1000}`;
    const most = await user.get(`/app/devdata/${device.did}/agg_data?${range}&attrs=kuozhan&aggregator=max&unit=DAYS`);
    expect([most.status, JSON.stringify(most.body)]).toEqual([200, expect.stringContaining("18446744073709552000")]);
  });
});
