import { expect, test } from "vitest";
import { entityId } from "../../src/cloud/devices/outside-ids.js";
import { startLab } from "../../src/lab/start-lab.js";
import type { AggregationAnswer, Page } from "../support/connect-lab.js";
import { registerDevice } from "../support/devices.js";
import { request } from "../support/http-app.js";

test("a client gets a token over HTTP and follows the links from page to page", async () => {
  await using lab = await startLab({ profiles: ["smart-meter"], http: true });
  const base = lab.httpUrl;
  const device = await registerDevice(lab, "smart-meter");
  const lines = Array.from({ length: 5 }, (_, hour) => {
    const report = { did: device.did, ts: Date.UTC(2024, 4, 27, hour), attrs: { positive_energy_total: hour * hour } };
    return JSON.stringify(report);
  });
  expect((await request(base, "POST", "/_lab/reports", lines.join("\n"))).body).toEqual({ accepted: 5 });

  const { client_id, client_secret } = lab.credentials.connect;
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
  const path = "/am/oauth2/realms/root/realms/difesp/access_token";
  const { access_token } = (await (await fetch(base + path, { method: "POST", body: form })).json()) as {
    access_token: string;
  };

  const values: (number | undefined)[] = [];
  const query =
    "start=2024-05-27T02:00:00+02:00&end=2024-05-28&resolution=1+hour(s)&pageSize=2&gizlab_energy=difference";
  let next: string | null = `${base}/connect/v1/entities/${entityId(device)}/aggregations?${query}`;
  let pages = 0;
  while (next !== null) {
    const response: Response = await fetch(next, { headers: { authorization: `Bearer ${access_token}` } });
    expect(response.status).toBe(200);
    const page = (await response.json()) as Page<AggregationAnswer>;
    values.push(...page.data.map(({ data }) => data.positiveActiveEnergy?.total));
    next = page.links.next;
    pages += 1;
  }
  expect([pages, values]).toEqual([3, [0, 1, 3, 5, 7]]);
});
