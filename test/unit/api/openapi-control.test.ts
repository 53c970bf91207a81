import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import type { DisplayValues } from "../../../src/profile/scale.js";
import { bindDevice, registerDevice } from "../../support/devices.js";
import { CONTROL_LIGHT_ON } from "../../support/frames-on-air.js";
import { enterUser, refusal } from "../../support/open-api.js";
import { readLog } from "../../support/raw-data.js";

const BAD_FORM = refusal(9015, "form invalid!", expect.any(String));
const LIGHT_ON_P0 = "01010100000000";

/** The live body of rest.md 6.4. */
const invalid = (name: string) => refusal(9025, "attr invalid!", `attr ${name} invalid or read only.`);

/** A cloud with a user and a bound virtual device, online in a world that stands still; `arrived` is what its MCU was told. */
async function startCloud(product = "pet-house") {
  const lab = await startLab({ profiles: [product], clock: "virtual", seed: "control" });
  const user = await enterUser(lab);
  const arrived: DisplayValues[] = [];
  const device = await lab.device(product, { isAlive: false, baud: 0, onControl: (attrs) => arrived.push(attrs) });
  const did = device.did ?? "";
  await bindDevice(lab, user, did);
  return {
    lab,
    user,
    device,
    did,
    arrived,
    control: (body: object) => user.call("POST", `/app/control/${did}`, body),
    latest: async () => {
      await lab.advance(1000);
      const { body } = await user.call<{ attr: Record<string, unknown> }>("GET", `/app/devdata/${did}/latest`);
      return body.attr;
    },
    /** The frames that were sent to the device. */
    sent: async () => {
      const lines = await readLog(lab, user, did, "cmd");
      return lines.filter(({ type }) => type === "app2dev").map(({ payload_bin: payload }) => payload);
    },
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

describe("a control by datapoints", () => {
  test("answers an empty object, reaches the MCU, and its report comes back", async () => {
    await using cloud = await startCloud();
    const answer = await cloud.control({ attrs: { LED_OnOff: true, LED_Color: "Purple", Motor_Speed: 3 } });
    expect(answer).toMatchObject({ status: 200, text: "{}" });
    expect(await cloud.latest()).toMatchObject({ LED_OnOff: 1, LED_Color: "Purple", Motor_Speed: 3 });
    expect(cloud.arrived).toEqual([{ LED_OnOff: true, LED_Color: "Purple", Motor_Speed: 3 }]);
  });

  test("changes the cloud's values only once the device has reported", async () => {
    await using cloud = await startCloud();
    await cloud.latest();
    await cloud.control({ attrs: { LED_R: 9 } });
    const { body } = await cloud.user.call("GET", `/app/devdata/${cloud.did}/latest`);
    expect(body).toMatchObject({ attr: { LED_R: 0 } });
    expect(await cloud.latest()).toMatchObject({ LED_R: 9 });
  });

  test("is logged with who sent it, as 0x0090", async () => {
    await using cloud = await startCloud();
    await cloud.control({ attrs: { LED_OnOff: true } });
    const log = await readLog(cloud.lab, cloud.user, cloud.did, "cmd");
    expect(log.find(({ type }) => type === "app2dev")).toEqual({
      ...{ type: "app2dev", payload_bin: CONTROL_LIGHT_ON, ip: "127.0.0.1", timestamp: expect.any(Number) },
      ...{ source: "open_api", uid: cloud.user.uid, appid: cloud.user.appId },
    });
  });

  test.each([
    ["a bool as true", { LED_OnOff: true }, { LED_OnOff: true }],
    ["a bool as 1", { LED_OnOff: 1 }, { LED_OnOff: true }],
    ["a bool as 0", { LED_OnOff: 0 }, { LED_OnOff: false }],
    ["an enum by label", { LED_Color: "Pink" }, { LED_Color: "Pink" }],
    ["an enum by index", { LED_Color: 3 }, { LED_Color: "Pink" }],
    ["an enum by index 0", { LED_Color: 0 }, { LED_Color: "Customize" }],
    ["the smallest number of a range", { Motor_Speed: -5 }, { Motor_Speed: -5 }],
    ["the largest number of a range", { LED_R: 254 }, { LED_R: 254 }],
    ["a number between two steps, as the nearest", { Motor_Speed: 2.4 }, { Motor_Speed: 2 }],
  ])("takes %s", async (_what, attrs, told) => {
    await using cloud = await startCloud();
    expect((await cloud.control({ attrs })).status).toBe(200);
    await cloud.latest();
    expect(cloud.arrived).toEqual([told]);
  });

  test.each([
    ["an unknown name", { eco_tempH: 1 }, "eco_tempH"],
    ["a name in another case", { led_onoff: true }, "led_onoff"],
    ["a name every object has", { toString: 1 }, "toString"],
    ["a read-only datapoint", { Temperature: 20 }, "Temperature"],
    ["an alert", { Alert_1: true }, "Alert_1"],
    ["a fault", { Fault_LED: false }, "Fault_LED"],
    ["a number above its range", { LED_R: 255 }, "LED_R"],
    ["a number below its range", { Motor_Speed: -6 }, "Motor_Speed"],
    ["a number as text", { LED_R: "5" }, "LED_R"],
    ["a number as bool", { LED_R: true }, "LED_R"],
    ["a bool as 2", { LED_OnOff: 2 }, "LED_OnOff"],
    ["a bool as text", { LED_OnOff: "true" }, "LED_OnOff"],
    ["an unknown label", { LED_Color: "pink" }, "LED_Color"],
    ["an index beyond the labels", { LED_Color: 4 }, "LED_Color"],
    ["half an index", { LED_Color: 0.5 }, "LED_Color"],
    ["null", { LED_OnOff: null }, "LED_OnOff"],
    ["a list", { LED_R: [1] }, "LED_R"],
  ])("refuses %s with the live body, and sends nothing", async (_what, attrs, name) => {
    await using cloud = await startCloud();
    const answer = await cloud.control({ attrs });
    expect(answer.status).toBe(400);
    expect(answer.text).toBe(JSON.stringify(invalid(name)));
    expect(await cloud.sent()).toEqual([]);
  });

  test("is refused as a whole, and the first bad datapoint is named", async () => {
    await using cloud = await startCloud();
    const { status, body } = await cloud.control({ attrs: { LED_R: 1, LED_G: 300, Infrared: true, Nothing: 1 } });
    expect({ status, body }).toEqual({ status: 400, body: invalid("LED_G") });
    expect(await cloud.latest()).toMatchObject({ LED_R: 0 });
    expect(cloud.arrived).toEqual([]);
  });
});

describe("a binary datapoint", () => {
  const schedule = `01${"ab".repeat(95)}`;

  test.each([
    ["hex", { attrs: { ch1_schedule: schedule } }],
    ["upper-case hex", { attrs: { ch1_schedule: schedule.toUpperCase() } }],
    ["hex, said to be so", { attrs: { ch1_schedule: schedule }, binary_coding: "hex" }],
    ["base64", { attrs: { ch1_schedule: Buffer.from(schedule, "hex").toString("base64") }, binary_coding: "base64" }],
  ])("is written in %s", async (_what, body) => {
    await using cloud = await startCloud("doser");
    expect((await cloud.control(body)).status).toBe(200);
    expect(await cloud.latest()).toMatchObject({ ch1_schedule: schedule });
    expect(cloud.arrived).toEqual([{ ch1_schedule: schedule }]);
  });

  test.each([
    ["too short", schedule.slice(2), "hex"],
    ["too long", `${schedule}00`, "hex"],
    ["half a byte short", schedule.slice(1), "hex"],
    ["empty", "", "hex"],
    ["no hex", "zz".repeat(96), "hex"],
    ["hex instead of base64", schedule, "base64"],
    ["base64 of the wrong length", Buffer.from(schedule.slice(2), "hex").toString("base64"), "base64"],
    ["a list of bytes", [1, 2, 3], "hex"],
  ])("is refused when %s", async (_what, value, coding) => {
    await using cloud = await startCloud("doser");
    const { status, body } = await cloud.control({ attrs: { ch1_schedule: value }, binary_coding: coding });
    expect({ status, body }).toEqual({ status: 400, body: invalid("ch1_schedule") });
  });

  test("travels in a product of variable length, too", async () => {
    await using cloud = await startCloud("ai-toy");
    const id = "0102".padEnd(38, "0");
    expect((await cloud.control({ attrs: { msg_id: id, volume: 30, msg_type: "Story" } })).status).toBe(200);
    expect(await cloud.latest()).toMatchObject({ msg_id: id, volume: 30, msg_type: "Story" });
    expect(cloud.arrived).toEqual([{ msg_id: id, volume: 30, msg_type: "Story" }]);
  });
});

describe("a raw control", () => {
  const bytes = [...Buffer.from(LIGHT_ON_P0, "hex")];

  test.each([
    ["a list of bytes", { raw: bytes }],
    ["hex", { raw: LIGHT_ON_P0, binary_coding: "hex" }],
    ["hex, without saying so", { raw: LIGHT_ON_P0 }],
    ["base64", { raw: Buffer.from(bytes).toString("base64"), binary_coding: "base64" }],
    ["the whole business frame, as an older form has it", { raw: [...Buffer.from(CONTROL_LIGHT_ON, "hex")] }],
  ])("is the P0 as %s", async (_what, body) => {
    await using cloud = await startCloud();
    expect(await cloud.control(body)).toMatchObject({ status: 200, text: "{}" });
    expect(await cloud.latest()).toMatchObject({ LED_OnOff: 1 });
    expect(await cloud.sent()).toEqual([CONTROL_LIGHT_ON]);
  });

  test("is sent on as it is, whatever it holds", async () => {
    await using cloud = await startCloud();
    expect((await cloud.control({ raw: [97, 98, 99] })).status).toBe(200);
    expect((await cloud.control({ raw: Array(900).fill(5) })).status).toBe(200);
    expect(await cloud.sent()).toEqual(["0000000306000090616263", `000000038707000090${"05".repeat(900)}`]);
  });

  test.each([
    ["an empty list", { raw: [] }],
    ["empty text", { raw: "" }],
    ["a byte of 256", { raw: [256] }],
    ["a negative byte", { raw: [-1] }],
    ["half a byte", { raw: [1.5] }],
    ["text that is no hex", { raw: "xyz" }],
    ["half a byte of hex", { raw: "010" }],
    ["text that is no base64", { raw: "!!!!", binary_coding: "base64" }],
    ["901 bytes", { raw: Array(901).fill(0) }],
    ["901 bytes of hex", { raw: "00".repeat(901) }],
    ["an unknown coding", { raw: [1], binary_coding: "octal" }],
    ["neither attrs nor raw", {}],
    ["empty attrs", { attrs: {} }],
    ["attrs that are a list", { attrs: [1] }],
  ])("of %s answers 9015", async (_what, body) => {
    await using cloud = await startCloud();
    expect(await cloud.control(body)).toMatchObject({ status: 400, body: BAD_FORM });
    expect(await cloud.sent()).toEqual([]);
  });
});

describe("a device that cannot be controlled", () => {
  test("answers 9042 while it is offline, and nothing is logged", async () => {
    await using cloud = await startCloud();
    const { did } = await registerDevice(cloud.lab);
    await bindDevice(cloud.lab, cloud.user, did);
    const answer = await cloud.user.call("POST", `/app/control/${did}`, { attrs: { LED_OnOff: true } });
    expect(answer).toMatchObject({ status: 400, body: refusal(9042, "device offline!", expect.any(String)) });
    expect(await readLog(cloud.lab, cloud.user, did, "cmd")).toEqual([]);
  });

  test("answers 9014 when it is unknown, 9017 when it is not bound", async () => {
    await using cloud = await startCloud();
    const body = { attrs: { LED_OnOff: true } };
    const unknown = await cloud.user.call("POST", "/app/control/unknown", body);
    expect(unknown).toMatchObject({ status: 404, body: refusal(9014, "device not found!", expect.any(String)) });
    const stranger = await enterUser(cloud.lab, "phone-2");
    const unbound = await stranger.call("POST", `/app/control/${cloud.did}`, body);
    expect(unbound).toMatchObject({ status: 401, body: refusal(9017, "device not bound!", expect.any(String)) });
    expect(await cloud.sent()).toEqual([]);
  });

  test("a second user who has bound it may control it", async () => {
    await using cloud = await startCloud();
    const second = await enterUser(cloud.lab, "phone-2");
    await bindDevice(cloud.lab, second, cloud.did);
    expect((await second.call("POST", `/app/control/${cloud.did}`, { attrs: { LED_B: 5 } })).status).toBe(200);
    expect(await cloud.latest()).toMatchObject({ LED_B: 5 });
  });
});
