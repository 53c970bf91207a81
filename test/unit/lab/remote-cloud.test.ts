import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { openRemoteCloud } from "../../../src/lab/remote-cloud.js";

it("asks its own host whatever the path looks like", async () => {
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.end("here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { http } = openRemoteCloud(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { status, body } = await http({ method: "GET", path: "//127.0.0.2:1/dev/ota/x" });
  expect([status, body, asked]).toEqual([200, "here", ["//127.0.0.2:1/dev/ota/x"]]);
});
