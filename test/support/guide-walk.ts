import { onTestFinished } from "vitest";
import type { Random } from "../../src/core/random.js";
import type { Lab } from "../../src/lab/lab.js";
import type { LabOptions } from "../../src/lab/lab-options.js";
import { openRemoteCloud } from "../../src/lab/remote-cloud.js";
import { startLab } from "../../src/lab/start-lab.js";
import { createIdentity, VirtualDevice } from "../../src/lab/virtual-device.js";
import type { BruteQuery, PlainReport } from "./brute-aggregation.js";
import { productKeyOf } from "./devices.js";
import { enterHttpUser, type HttpUser, request, signMac } from "./http-app.js";
import { tapPetReports } from "./report-tap.js";

/** The zone in which the guide is walked: it has summer time. */
export const GUIDE_ZONE = "Europe/Berlin";
/** Long enough for device info, registration, provisioning, login and the first report. */
const ONLINE_MS = 3000;

export interface AggData {
  readonly query: object;
  readonly data: readonly { datetime: string; uid: string; product_key: string; attrs: Record<string, number> }[];
}

/** A cloud with real ports, in virtual time that begins at `startAt`. */
export async function startGuideLab(startAt: string, options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab({
    profiles: ["pet-house", "smart-meter"],
    clock: "virtual",
    seed: 7,
    startAt: Date.parse(startAt),
    zone: GUIDE_ZONE,
    http: { port: 0 },
    mqtt: { port: 0 },
    ...options,
  });
  onTestFinished(() => lab.close());
  return lab;
}

/** The anonymous user of a phone (the guide's 2.1 and 2.2); a token dies in time, so long walks enter again. */
export function enterGuide(lab: Lab, phoneId = "phone-1"): Promise<HttpUser> {
  return enterHttpUser(lab.urls.http, lab.credentials.app.id, phoneId);
}

/** A pet house in a world that stands still, whose module goes through TCP and what it sends is noted down. */
export function makePetHouse(lab: Lab, random: Random) {
  const cloud = openRemoteCloud(lab.urls.http);
  const { openBroker, reports } = tapPetReports(cloud.openBroker, lab.clock);
  const identity = createIdentity(random);
  const product = lab.products.find(({ name }) => name === "pet-house");
  if (product === undefined) throw new Error("the lab has no pet house");
  const { clock, trace } = lab;
  const hold = () => clock.hold();
  const device = new VirtualDevice({
    product,
    clock,
    trace,
    hold,
    random,
    identity,
    http: cloud.http,
    openBroker,
    isAlive: false,
  });
  onTestFinished(() => device.stop());
  return { device, reports, mac: identity.mac };
}

/** Switches a device on. Throws when it is not online soon. */
export async function bringOnline(lab: Lab, device: VirtualDevice): Promise<void> {
  void device.start();
  await lab.advance(ONLINE_MS);
  if (!device.isOnline) throw new Error(`the device is ${device.module.state.kind} after ${ONLINE_MS} ms`);
}

/** `POST /app/bind_mac`, signed as it must be but for `changes` of the headers (the guide's 2.3). */
export function bindMac(
  lab: Lab,
  user: HttpUser,
  product: string,
  mac: string,
  changes: Readonly<Record<string, string>> = {},
) {
  const headers = { ...signMac(secretOf(lab, product), Math.floor(lab.clock.now() / 1000)), ...changes };
  return user.call<{ did: string }>("POST", "/app/bind_mac", { product_key: productKeyOf(lab, product), mac }, headers);
}

/** The product_secret that binding by MAC is signed with. */
export function secretOf(lab: Lab, product: string): string {
  return lab.cloud.products.all.find(({ name }) => name === product)?.secret ?? "";
}

/** `agg_data` (the guide's 2.5). */
export function askAggregate(user: HttpUser, did: string, { start, end, attrs, aggregator, unit }: BruteQuery) {
  const query = { start_ts: `${start}`, end_ts: `${end}`, attrs: attrs.join(","), aggregator, unit };
  return user.call<AggData>("GET", `/app/devdata/${did}/agg_data?${new URLSearchParams(query)}`);
}

/** Imports past reports in the order given. */
export function sendPast(lab: Lab, did: string, reports: readonly PlainReport[]) {
  const lines = reports.map(({ at, values }) => JSON.stringify({ did, ts: at, attrs: values }));
  return request(lab.urls.http, "POST", "/_lab/reports", lines.join("\n"));
}
