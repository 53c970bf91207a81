import { describe, expect, it } from "vitest";
import { type Ready, startUp } from "../support/cli-process.js";
import { enterHttpUser, type HttpUser, rejoinHttpUser, request } from "../support/http-app.js";
import { type Firmware, fireReports, readReportNumber, reportValues } from "../support/report-gun.js";
import { makeTempFolder } from "../support/temp-folder.js";

const DEVICES = 10;
/** After how many acknowledgements each round ends: before the first fold, after several, and in between. */
const ROUNDS = [300, 4000, 1500];
const [SECOND, HOUR] = [1000, 3_600_000];
const PAGE = 1000;

interface LogPage {
  readonly meta: { readonly total: number };
  readonly objects: readonly { type: string; payload_bin: string }[];
}
interface AggData {
  readonly data: readonly { attrs: Readonly<Record<string, number>> }[];
}

/** What the test knows of a device. */
interface Account {
  readonly firmware: Firmware & { readonly mac: string };
  readonly sent: Set<number>;
  readonly acknowledged: Set<number>;
}

/** Registers devices as modules do. */
async function register({ urls, products }: Ready): Promise<Account[]> {
  const productKey = products.find(({ name }) => name === "pet-house")?.product_key ?? "";
  return Promise.all(
    Array.from({ length: DEVICES }, async (_, index) => {
      const [mac, passcode] = [`02000000000${index}`, `PASSCODE${index}X`];
      const form = new URLSearchParams({ product_key: productKey, mac, passcode }).toString();
      const type = { "content-type": "application/x-www-form-urlencoded" };
      const { body } = await request<string>(urls.http, "POST", "/dev/devices", form, type);
      return {
        firmware: { did: body.slice("did=".length), mac, passcode },
        sent: new Set<number>(),
        acknowledged: new Set<number>(),
      };
    }),
  );
}

function bind(user: HttpUser, accounts: readonly Account[]) {
  const devices = accounts.map(({ firmware: { did, passcode } }) => ({ did, passcode }));
  return user.call("POST", "/app/bindings", { devices });
}

async function listBound(user: HttpUser): Promise<string[]> {
  const { body } = await user.call<{ devices: { did: string }[] }>("GET", "/app/bindings?limit=100");
  return body.devices.map(({ did }) => did).sort();
}

/** The numbers of the reports in a device's log, oldest first. */
async function readLoggedNumbers(user: HttpUser, did: string): Promise<number[]> {
  const nowS = Math.floor(Date.now() / SECOND);
  const numbers: number[] = [];
  for (;;) {
    const times = { start_time: `${nowS - 86_400}`, end_time: `${nowS}` };
    const page = { type: "cmd", sort: "asc", skip: `${numbers.length}`, limit: `${PAGE}` };
    const query = new URLSearchParams({ ...times, ...page });
    const { status, body } = await user.call<LogPage>("GET", `/app/devices/${did}/raw_data?${query}`);
    expect(status).toBe(200);
    for (const { type, payload_bin } of body.objects) {
      expect(type).toBe("dev2app");
      numbers.push(readReportNumber(payload_bin));
    }
    if (numbers.length >= body.meta.total) return numbers;
  }
}

/** Sums over whole hours, which come from the rollups and not from the log. */
async function readSums(user: HttpUser, did: string, startedAt: number): Promise<Record<string, number>> {
  const names = Object.keys(reportValues(0));
  const [start, end] = [Math.floor(startedAt / HOUR) * HOUR, Math.ceil(Date.now() / HOUR) * HOUR - 1];
  const query = { start_ts: `${start}`, end_ts: `${end}`, attrs: names.join(","), aggregator: "sum", unit: "HOURS" };
  const { body } = await user.call<AggData>("GET", `/app/devdata/${did}/agg_data?${new URLSearchParams(query)}`);
  return Object.fromEntries(
    names.map((name) => [name, body.data.reduce((sum, { attrs }) => sum + (attrs[name] ?? 0), 0)]),
  );
}

function addUp(numbers: readonly number[]): Record<string, number> {
  const sums: Record<string, number> = { LED_R: 0, LED_G: 0, LED_B: 0, Humidity: 0 };
  for (const number of numbers) {
    for (const [name, value] of Object.entries(reportValues(number))) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

/** Lets all devices report until `enough` reports are acknowledged, and kills the cloud in the middle of it. */
async function loadAndKill(url: string, accounts: readonly Account[], enough: number, kill: () => void): Promise<void> {
  let acknowledged = 0;
  const onAck = (): void => {
    acknowledged += 1;
    if (acknowledged === enough) kill();
  };
  const guns = await Promise.all(
    accounts.map(async (account) => {
      const from = account.sent.size;
      return { account, gun: await fireReports(url, account.firmware, from, onAck) };
    }),
  );
  for (const { account, gun } of guns) {
    await gun.ended;
    for (const number of gun.sent) account.sent.add(number);
    for (const number of gun.acknowledged) account.acknowledged.add(number);
  }
}

async function expectAllSurvived(
  user: HttpUser,
  { firmware: { did }, sent, acknowledged }: Account,
  startedAt: number,
) {
  const logged = await readLoggedNumbers(user, did);
  const distinct = new Set(logged);
  expect(logged.length, "a report is in the log once").toBe(distinct.size);
  expect(
    [...acknowledged].filter((number) => !distinct.has(number)),
    "acknowledged and lost",
  ).toEqual([]);
  expect(
    logged.filter((number) => !sent.has(number)),
    "in the log and never sent",
  ).toEqual([]);
  expect(await readSums(user, did, startedAt), "the rollups count the log, each report once").toEqual(addUp(logged));
  const { LED_R, LED_G, LED_B } = reportValues(logged.at(-1) ?? 0);
  const { body } = await user.call("GET", `/app/devdata/${did}/latest`);
  expect(body).toMatchObject({ did, attr: { LED_R, LED_G, LED_B } });
}

describe("a cloud that is killed with kill -9 under load", () => {
  it("has every acknowledged report exactly once, and all users, tokens, devices and bindings", {
    timeout: 120_000,
  }, async () => {
    const folder = makeTempFolder();
    const startedAt = Date.now();
    let { up, ready } = await startUp("--data", folder);
    const first = ready;
    const accounts = await register(ready);
    const dids = accounts.map(({ firmware: { did } }) => did).sort();
    const owner = await enterHttpUser(ready.urls.http, ready.app.id, "owner");
    await bind(owner, accounts);

    for (const [round, enough] of ROUNDS.entries()) {
      const guest = await enterHttpUser(ready.urls.http, ready.app.id, `guest ${round}`);
      await bind(guest, accounts.slice(0, round + 1));
      const victim = up;
      await loadAndKill(ready.urls.mqtt, accounts, enough, () => void victim.stop("SIGKILL"));
      expect(await up.ended).toEqual({ code: null, signal: "SIGKILL" });
      const sent = accounts.reduce((sum, account) => sum + account.sent.size, 0);
      const acknowledged = accounts.reduce((sum, account) => sum + account.acknowledged.size, 0);
      expect(sent, "it was killed in the middle of the load").toBeGreaterThan(acknowledged);

      ({ up, ready } = await startUp("--data", folder));
      const { app, products, devices } = ready;
      expect({ app, products }).toEqual({ app: first.app, products: first.products });
      expect(devices.map(({ did, mac, passcode }) => ({ did, mac, passcode }))).toEqual(
        expect.arrayContaining(accounts.map(({ firmware }) => firmware)),
      );
      const again = rejoinHttpUser(ready.urls.http, ready.app.id, owner);
      expect((await again.call("GET", "/app/users")).body).toMatchObject({ uid: owner.uid, is_anonymous: true });
      expect(await listBound(again)).toEqual(dids);
      expect((await enterHttpUser(ready.urls.http, ready.app.id, "owner")).uid, "the same user, not a new one").toBe(
        owner.uid,
      );
      expect(await listBound(rejoinHttpUser(ready.urls.http, ready.app.id, guest))).toHaveLength(round + 1);
      for (const account of accounts) await expectAllSurvived(again, account, startedAt);
    }
    expect((await up.stop("SIGINT")).code).toBe(0);
  });
});
