import { expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { registerDevice } from "../../support/devices.js";
import { enterDevo, importRows } from "../../support/devo.js";

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

test("a task computes and is read back", async () => {
  await using lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "devo" });
  const device = await registerDevice(lab);
  const devo = enterDevo(lab);
  await importRows(lab, device.did, [
    [START - 90 * MINUTE, { Temperature: 10 }],
    [START - 80 * MINUTE, { Temperature: 20 }],
    [START - 10 * MINUTE, { Temperature: 30 }],
  ]);
  const linq = "from gizlab.pet_house.data group every 30m by did select avg(Temperature) as t, count() as n";
  const raw = await devo.rows(linq);
  console.log(raw);
  const task = await devo.make(linq);
  console.log(task);
  await lab.advance("1s");
  console.log(await devo.task(task.id), await devo.measures(task.id));
  expect(await devo.rows(linq)).toEqual(raw);
  await lab.advance("1h");
  console.log(await devo.measures(task.id));
  await importRows(lab, device.did, [[START - 95 * MINUTE, { Temperature: 90 }]]);
  console.log(await devo.rows(linq), await devo.measures(task.id));
  await lab.advance("1s");
  console.log(await devo.rows(linq), await devo.measures(task.id));
  for (const mode of ["json", "json/compact", "json/simple", "json/simple/compact", "csv", "tsv"])
    console.log((await devo.search(linq, { mode: { type: mode } })).text);
  console.log((await devo.search("from x")).text, (await devo.search("from gizlab.pet_house.data select foo")).text);
});
