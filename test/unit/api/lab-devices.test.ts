import { expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { registerDevice } from "../../support/devices.js";
import { controlOf, failure } from "../../support/lab-calls.js";

async function open() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "devices" });
  const device = await lab.device("pet-house", { isAlive: false, baud: 0 });
  return { lab, device, did: device.did ?? "", control: controlOf(lab) };
}

test("a control reaches the MCU, bound or not", async () => {
  const { lab, device, did, control } = await open();
  await using _ = lab;
  const attrs = { LED_R: 56, LED_Color: "Pink" };
  expect(await control.post(`/devices/${did}/control`, { attrs })).toMatchObject({ status: 200, body: {} });
  await lab.advance("1s");
  expect(device.mcu.attrs).toMatchObject(attrs);
});

test("a control refuses what an app's would be refused for", async () => {
  const { lab, device, did, control } = await open();
  await using _ = lab;
  const { did: offline } = await registerDevice(lab);
  const send = (of: string, attrs: object) => control.post(`/devices/${of}/control`, { attrs });
  expect(await send("nobody", { LED_R: 1 })).toMatchObject(failure(404, "device-unknown"));
  expect(await send(offline, { LED_R: 1 })).toMatchObject(failure(409, "device-offline"));
  expect(await send(did, { LED_RR: 1 })).toMatchObject(failure(400, "attr-unknown"));
  expect(await send(did, { Temperature: 1 })).toMatchObject(failure(400, "attr-readonly"));
  expect(await send(did, { LED_R: 255 })).toMatchObject(failure(400, "attr-range"));
  expect(await send(did, { LED_R: "red" })).toMatchObject(failure(400, "attr-type"));
  expect(await control.post(`/devices/${did}/control`, {})).toMatchObject(failure(400, "request-invalid"));
  await lab.advance("1s");
  expect(device.mcu.attrs).toMatchObject({ LED_R: 0 });
});

test("power is taken away and given back", async () => {
  const { lab, did, control } = await open();
  await using _ = lab;
  const power = (on: boolean) => control.post(`/devices/${did}/power`, { on });
  expect(await power(false)).toMatchObject({ status: 200, body: {} });
  await lab.advance("1s");
  expect(lab.cloud.broker.presence.isOnline(did)).toBe(false);
  // Without power no key of the device does anything either, and off stays off.
  expect((await power(false)).status).toBe(200);
  expect((await power(true)).status).toBe(200);
  expect((await power(true)).status).toBe(200);
  await lab.advance("1m");
  expect(lab.cloud.broker.presence.isOnline(did)).toBe(true);
});

test("power is refused for devices that are not virtual or not there", async () => {
  const { lab, did, control } = await open();
  await using _ = lab;
  const { did: real } = await registerDevice(lab);
  const power = (of: string, body: object) => control.post(`/devices/${of}/power`, body);
  expect(await power("nobody", { on: true })).toMatchObject(failure(404, "device-unknown"));
  expect(await power(real, { on: true })).toMatchObject(failure(409, "device-not-virtual"));
  expect(await power(did, { on: "yes" })).toMatchObject(failure(400, "request-invalid"));
  expect(await power(did, {})).toMatchObject(failure(400, "request-invalid"));
});
