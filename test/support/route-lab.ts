import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { expect } from "vitest";
import { startLab } from "../../src/lab/start-lab.js";
import { addBoundDevice } from "./devices.js";
import { makeEnterpriseHeaders } from "./enterprise-requests.js";
import { sendGood } from "./good-requests.js";
import { enterUser } from "./open-api.js";
import { goodParameter, listOperations, type Operation, urlOf } from "./operations.js";

/** A lab with a user and a device of theirs that is online, and all routes at hand. */
export async function startRouteLab() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "routes" });
  const entered = await enterUser(lab);
  // Every face finds its own words among the headers.
  const authorization = `Bearer ${lab.credentials.connect.token}`;
  const user = { ...entered, headers: { ...entered.headers, authorization } };
  const { device, did } = await addBoundDevice(lab, user);
  const ofEnterprise = await makeEnterpriseHeaders(lab);
  const headersOf = (operation: Operation) => ({ ...user.headers, ...ofEnterprise(operation) });
  // The requests reset the lab, too.
  await lab.snapshots.saveSeed();
  const operations = await listOperations(lab);
  return {
    lab,
    user,
    did,
    /** The virtual MCU behind the did. */
    mcu: device.mcu,
    operations,
    /** The headers with which an operation is let pass. */
    headersOf,
    /** An operation's URL with good path parameters. */
    urlOf: (operation: Operation, query?: Readonly<Record<string, string>>): string =>
      urlOf(operation, goodParameter(operation, did), query),
    /** A good request of the user, but for what `change` makes of it. */
    send: (operation: Operation, change?: InjectOptions): Promise<LightMyRequestResponse> =>
      sendGood(lab, user, did, operation, { headers: headersOf(operation), ...change }),
    /** Runs `check` for every route that `fits`, and makes sure that there are some. */
    async checkEach(fits: (operation: Operation) => boolean, check: (operation: Operation) => Promise<void>) {
      const fitting = operations.filter(fits);
      expect(fitting.length).toBeGreaterThan(1);
      for (const operation of fitting) await check(operation);
    },
  };
}

export type RouteLab = Awaited<ReturnType<typeof startRouteLab>>;
