import { expect, test } from "vitest";
import { type ConnectLab, startConnectLab } from "../../support/connect-lab.js";
import { controlOf, failure } from "../../support/lab-calls.js";

const MAPPING = {
  positiveActiveEnergy: { total: "positive_energy_t1", t1: "positive_energy_t2", unit: "MWh", scale: 0.001 },
  negativeGasVolume: { value: "gas_volume", unit: "m3", scale: 1 },
};
const urlOf = ({ device }: ConnectLab): string => `/products/${device.productKey}/energy`;

/** What an hour shows in which every register said something. */
async function readHour(connect: ConnectLab) {
  const hour = { start: "2024-05-27 13:00:00Z", end: "2024-05-27 14:00:00Z", resolution: "1 hour" };
  return (await connect.aggregations(hour)).body.data[0]?.data;
}

async function startMeter(): Promise<ConnectLab> {
  const connect = await startConnectLab();
  const registers = { positive_energy_total: 9, positive_energy_t1: 5, positive_energy_t2: 4, gas_volume: 2 };
  await connect.past(["2024-05-27T13:00:00Z", registers]);
  return connect;
}

test("the energy of a product is as its names say, until it is mapped", async () => {
  await using connect = await startMeter();
  const { get, put, remove } = controlOf(connect.lab);
  const found = await get(urlOf(connect));
  expect(found).toMatchObject({ status: 200, body: { positiveActiveEnergy: { total: "positive_energy_total" } } });
  expect(await put(urlOf(connect), MAPPING)).toMatchObject({ status: 200, body: MAPPING });
  expect(
    (await get(urlOf(connect).toUpperCase().replace("/PRODUCTS", "/products").replace("/ENERGY", "/energy"))).body,
  ).toEqual(MAPPING);
  expect(await readHour(connect)).toEqual({
    negativeGasVolume: { unit: "m3", value: 2 },
    positiveActiveEnergy: { t1: 0.004, total: 0.005, unit: "MWh" },
  });
  expect(await put(urlOf(connect), {})).toMatchObject({ status: 200, body: {} });
  expect(
    (await connect.aggregations({ start: "2024-05-27", end: "2024-05-28", resolution: "1 hour" })).body.data,
  ).toEqual([]);
  expect(await remove(urlOf(connect))).toMatchObject({ status: 200, body: found.body as object });
  expect(await readHour(connect)).toMatchObject({ positiveActiveEnergy: { total: 9 } });
});

test("unit and scale are the metric's own where they are left out", async () => {
  await using connect = await startMeter();
  const { put } = controlOf(connect.lab);
  const given = { positiveGasVolume: { value: "gas_volume" }, instantaneousVoltage: { l1: "voltage" } };
  expect((await put(urlOf(connect), given)).body).toEqual({
    positiveGasVolume: { value: "gas_volume", unit: "m3", scale: 1 },
    instantaneousVoltage: { l1: "voltage", unit: "V", scale: 1 },
  });
});

test("a mapping is kept by a snapshot, and gone with a reset", async () => {
  await using connect = await startMeter();
  const { get, put, post } = controlOf(connect.lab);
  const before = (await get(urlOf(connect))).body;
  await put(urlOf(connect), MAPPING);
  await post("/save", { name: "mapped" });
  await post("/reset", {});
  expect((await get(urlOf(connect))).body).toEqual(before);
  await post("/restore", { name: "mapped" });
  expect((await get(urlOf(connect))).body).toEqual(MAPPING);
  expect(await readHour(connect)).toMatchObject({ positiveActiveEnergy: { unit: "MWh" } });
});

test.each([
  [{ positiveActiveEnergy: { total: "positive_energy" } }, "energy-mapping"],
  [{ positiveActiveEnergy: { total: "relay" } }, "energy-mapping"],
  [{ positiveActiveEnergy: { total: "__proto__" } }, "energy-mapping"],
  [{ positiveActiveEnergy: {} }, "energy-mapping"],
  [{ positiveActiveEnergy: { unit: "kWh", scale: 2 } }, "energy-mapping"],
  [{ positiveActiveEnergy: { l1: "power" } }, "request-invalid"],
  [{ positiveActiveEnergy: { value: "power" } }, "request-invalid"],
  [{ positiveGasVolume: { total: "gas_volume" } }, "request-invalid"],
  [{ positiveActiveEnergy: { total: "power", scale: 0 } }, "request-invalid"],
  [{ positiveActiveEnergy: { total: "power", scale: -1 } }, "request-invalid"],
  [{ positiveActiveEnergy: { total: "power", scale: "1" } }, "request-invalid"],
  [{ positiveActiveEnergy: { total: "power", unit: "" } }, "request-invalid"],
  [{ positiveActiveEnergy: { total: "power", unit: "x".repeat(17) } }, "request-invalid"],
  [{ positiveActiveEnergy: "power" }, "request-invalid"],
  [{ positiveEnergy: { total: "power" } }, "request-invalid"],
  [[], "request-invalid"],
])("%j is no mapping", async (mapping, code) => {
  await using connect = await startMeter();
  const { get, put } = controlOf(connect.lab);
  const before = (await get(urlOf(connect))).body;
  expect(await put(urlOf(connect), mapping)).toMatchObject(failure(400, code));
  expect((await get(urlOf(connect))).body).toEqual(before);
});

test("a product that nobody has cannot be mapped", async () => {
  await using connect = await startMeter();
  const { get, put, remove } = controlOf(connect.lab);
  for (const answer of [
    await get("/products/x/energy"),
    await put("/products/x/energy", {}),
    await remove("/products/x/energy"),
  ]) {
    expect(answer).toMatchObject(failure(404, "product-unknown"));
  }
});
