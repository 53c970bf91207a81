import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readPacketLength } from "../../src/cloud/broker/packet-pacer.js";
import type { Device } from "../../src/cloud/devices/registry.js";
import type { Lab } from "../../src/lab/lab.js";
import { startLab } from "../../src/lab/start-lab.js";
import { productKeyOf, registerDevice } from "../support/devices.js";
import { appCount, CONTROL_LIGHT_ON, REPORT_10_DEGREES } from "../support/frames-on-air.js";
import { connectPacket, publishPacket, subscribePacket } from "../support/mqtt-packets.js";
import { openRawSocket, type RawSocket } from "../support/raw-socket.js";

const CONNACK = "20020000";
const PUBACK = 0x40;
const PUBLISH = 0x30;
const LIGHT_ON_P0 = Buffer.from("01010100000000", "hex");

let lab: Lab;
let device: Device;
const sockets: RawSocket[] = [];

beforeEach(async () => {
  const anyPort = { host: "127.0.0.1", port: 0 };
  lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "tcp", http: anyPort, mqtt: anyPort });
  device = await registerDevice(lab);
});
afterEach(async () => {
  for (const { socket } of sockets.splice(0)) socket.destroy();
  await lab.close();
});

async function open(url: string): Promise<RawSocket> {
  const raw = await openRawSocket(url);
  sockets.push(raw);
  return raw;
}

/** Sends a request and gives the one read in which the whole answer must come, split as firmware splits it. */
async function ask(request: string | Buffer) {
  const raw = await open(lab.urls.http);
  raw.socket.write(request);
  const [read] = await raw.until((reads) => reads.length > 0);
  const text = String(read);
  const [head = "", ...rest] = text.split("\r\n\r\n");
  return { raw, text, head, status: Number(text.split(" ")[1]), body: rest.join("\r\n\r\n") };
}

/** The answer of one chunk: the size line before, the end of the body and the last chunk behind. */
const oneChunk = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

describe("HTTP as firmware reads it", () => {
  const form = () => `passcode=${device.passcode}&mac=${device.mac}&product_key=${productKeyOf(lab, "pet-house")}`;
  const get = (...headers: string[]) =>
    `GET /dev/devices/${device.did} HTTP/1.1\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n`;

  test.each([
    [
      "as GAgent does",
      ["Host: api.gizwits.com", "Cache-Control: no-cache", "Content-Type: application/x-www-form-urlencoded"],
    ],
    ["without the blank behind the colon", ["Host:api.gizwits.com", "Cache-Control:no-cache"]],
    [
      "with a content type and length of no body",
      ["Host:api.gizwits.com", "Content-Type:text/html", "Content-Length:0"],
    ],
    ["with names in lower case and a tab", ["host:\tapi.gizwits.com:80", "connection:close"]],
  ])("GET %s answers in one read of less than 1024 bytes", async (_how, headers) => {
    const { raw, text, head, status, body } = await ask(get(...headers));
    expect(status).toBe(200);
    const { port } = new URL(lab.urls.mqtt);
    const ts = Math.floor(lab.clock.now() / 1000);
    const tail = `log_host=127.0.0.1&log_port=${port}&biz_log=0&sys_log=0`;
    expect(body).toBe(oneChunk(`host=127.0.0.1&port=${port}&server_ts=${ts}&${tail}`));
    expect(head).toMatch(/\r\nTransfer-Encoding: chunked(\r\n|$)/);
    expect(head).not.toMatch(/did=|host=|port=|soft_ver=|server_ts=|set-cookie/i);
    expect(text.length).toBeLessThan(1024);
    expect(raw.reads).toHaveLength(1);
  });

  test("POST without a blank behind the colons registers, with 201 in one read", async () => {
    const body = form();
    const request = `POST /dev/devices HTTP/1.1\r\nHost:api.gizwits.com\r\nContent-Length:${body.length}\r\nContent-Type:application/x-www-form-urlencoded\r\n\r\n${body}`;
    const answer = await ask(request);
    expect(answer.status).toBe(201);
    expect(answer.text).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer.body).toBe(oneChunk(`did=${device.did}`));
    expect(answer.head).not.toContain("did=");
    expect(answer.text.length).toBeLessThan(1024);
  });

  test("a request that comes byte by byte is answered in one read, too", async () => {
    const raw = await open(lab.urls.http);
    for (const byte of Buffer.from(get("Host:api.gizwits.com"))) raw.socket.write(Buffer.of(byte));
    const [read] = await raw.until((reads) => reads.length > 0);
    expect(String(read)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n0\r\n\r\n$/);
  });

  test("two requests on one connection are answered one after the other", async () => {
    const { raw } = await ask(get("Host:api.gizwits.com"));
    raw.socket.write(get("Host:api.gizwits.com"));
    const reads = await raw.until(({ length }) => length > 1);
    expect(String(reads[1])).toBe(String(reads[0]));
  });

  test("DELETE with a body answers 200 in one read", async () => {
    const body = `did=${device.did}&passcode=${device.passcode}`;
    const request = `DELETE /dev/devices HTTP/1.1\r\nHost:api.gizwits.com\r\nContent-Length:${body.length}\r\n\r\n${body}`;
    const answer = await ask(request);
    expect([answer.status, answer.body]).toEqual([200, "0\r\n\r\n"]);
    expect(lab.cloud.registry.get(device.did).isDisabled).toBe(true);
  });

  test("the check for firmware answers in one read, and the URL ends with a line end", async () => {
    const check = (softVersion: string) => {
      const body = `passcode=${device.passcode}&type=2&hard_version=03010100&soft_version=${softVersion}`;
      return ask(
        `POST /dev/ota/v4.1/update_and_check/${device.did} HTTP/1.1\r\nHost:api.gizwits.com\r\nContent-Length:${body.length}\r\n\r\n${body}`,
      );
    };
    expect(await check("03030000")).toMatchObject({ status: 400, body: expect.stringContaining("9500") });
    lab.cloud.upgrades.offer(device, Buffer.from("firmware"), { softVersion: "03030001" });
    const { status, text, body, head } = await check("03030000");
    expect(status).toBe(200);
    const offer = "soft_ver=03030001&download_url=http://127.0.0.1/dev/ota/v4.1/download/1\r\n";
    expect(body).toBe(oneChunk(offer));
    expect(head).not.toMatch(/did=|host=|port=|soft_ver=|server_ts=|set-cookie/i);
    expect(text.length).toBeLessThan(1024);
  });

  test("a download has the headers by their letters, one blank after each colon, and the file as it is", async () => {
    lab.cloud.upgrades.offer(device, Buffer.from("firmware"), { softVersion: "03030001" });
    const { head, body } = await ask("GET /dev/ota/v4.1/download/1 HTTP/1.1\r\nHost:api.gizwits.com\r\n\r\n");
    expect(head.split("\r\n")).toEqual([
      "HTTP/1.1 200 OK",
      "Content-Type: application/octet-stream",
      "Content-Length: 8",
      "Firmware-MD5: 74b5b5e9570efc5c0553bb327cd41940",
      "Soft-Version: 03030001",
      'Content-Disposition: attachment; filename="1.bin"',
      "Connection: keep-alive",
      "Keep-Alive: timeout=72",
    ]);
    expect(body).toBe("firmware");
  });

  test("a refusal fits into one read, too", async () => {
    const { status, text, body } = await ask(`GET /dev/devices/${"2".repeat(400)} HTTP/1.1\r\nHost:x\r\n\r\n`);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ error_message: "device not found!", error_code: 9014 });
    expect(text.length).toBeLessThan(1024);
  });

  test("what is no HTTP at all is refused, and the server goes on", async () => {
    for (const garbage of [
      "\u0000\u0001\u0002\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      `GET /${"a".repeat(70_000)}`,
    ]) {
      expect((await ask(garbage)).status).toBeGreaterThanOrEqual(400);
    }
    expect((await ask(get("Host:x"))).status).toBe(200);
  });
});

describe("MQTT as firmware reads it", () => {
  /** Logs in and subscribes as firmware does, each step after the answer to the one before. */
  async function bringOnline(): Promise<RawSocket> {
    const raw = await open(lab.urls.mqtt);
    raw.socket.write(connectPacket(device.did, device.did, device.passcode));
    await raw.until((reads) => reads.length >= 1);
    const filters = [`ser2cli_noti/${device.productKey}`, `ser2cli_res/${device.did}`, `app2dev/${device.did}/#`];
    for (const [index, filter] of filters.entries()) {
      raw.socket.write(subscribePacket(index + 1, filter));
      await raw.until((reads) => reads.length >= index + 2);
    }
    await raw.until((reads) => reads.length >= 5);
    return raw;
  }

  const isWhole = (read: Buffer): boolean => readPacketLength(read) === read.length;

  /** Sends controls without leaving the turn of the event loop. */
  function sendControls(count: number): void {
    const product = lab.cloud.registry.productOf(device);
    if (product === undefined) throw new Error("the product is loaded");
    for (let sent = 0; sent < count; sent += 1)
      lab.cloud.commands.send(device, product, LIGHT_ON_P0, { source: "test" });
  }

  test("CONNACK, each SUBACK and 0x0210 come in reads of their own, in this order", async () => {
    const { reads } = await bringOnline();
    expect(reads.map((read) => read.toString("hex"))).toEqual([
      ...[CONNACK, "9003000100", "9003000200", "9003000300"],
      `302c0022${Buffer.from(`ser2cli_res/${device.did}`).toString("hex")}${appCount(0)}`,
    ]);
  });

  test("five controls of one turn come in five reads, each a whole packet at QoS 0", async () => {
    const raw = await bringOnline();
    sendControls(5);
    const reads = (await raw.until(({ length }) => length >= 10)).slice(5);
    expect(reads).toHaveLength(5);
    for (const read of reads) {
      expect(read[0]).toBe(PUBLISH);
      expect(read.toString("hex").endsWith(CONTROL_LIGHT_ON)).toBe(true);
      expect(isWhole(read)).toBe(true);
    }
  });

  test("controls that were held until the subscription come in reads of their own behind 0x0210", async () => {
    const raw = await open(lab.urls.mqtt);
    raw.socket.write(connectPacket(device.did, device.did, device.passcode));
    await raw.until((reads) => reads.length >= 1);
    raw.socket.write(subscribePacket(1, `ser2cli_res/${device.did}`));
    await raw.until((reads) => reads.length >= 2);
    sendControls(3);
    raw.socket.write(subscribePacket(2, `app2dev/${device.did}/#`));
    const reads = (await raw.until(({ length }) => length >= 7)).slice(3);
    expect(reads.every(isWhole)).toBe(true);
    expect(reads[0]?.toString("hex").endsWith(appCount(0))).toBe(true);
    for (const read of reads.slice(1)) expect(read.toString("hex").endsWith(CONTROL_LIGHT_ON)).toBe(true);
  });

  // A machine that is busy elsewhere may hand over two writes in one read: that says nothing of the writes.
  test("a PUBACK does not wait for controls, and a control never comes in the read of a PUBACK", {
    retry: 3,
  }, async () => {
    const raw = await bringOnline();
    sendControls(20);
    raw.socket.write(publishPacket(7, `dev2app/${device.did}`, Buffer.from(REPORT_10_DEGREES, "hex")));
    const light = Buffer.from(CONTROL_LIGHT_ON, "hex");
    const isControl = (read: Buffer): boolean => read[0] === PUBLISH && read.includes(light);
    const countLights = (all: readonly Buffer[]): number =>
      Buffer.concat(all).toString("hex").split(CONTROL_LIGHT_ON).length - 1;
    const reads = await raw.until((all) => countLights(all) >= 20);
    expect(reads.filter(isControl)).toHaveLength(20);
    const acknowledgedAt = reads.findIndex((read) => read.includes(Buffer.from("40020007", "hex")));
    expect(acknowledgedAt).toBeGreaterThan(0);
    expect(reads.slice(0, acknowledgedAt).filter(isControl).length).toBeLessThan(15);
  });

  test("a hundred reports in one write are all acknowledged, in order", async () => {
    const raw = await bringOnline();
    const report = Buffer.from(REPORT_10_DEGREES, "hex");
    const packets = Array.from({ length: 100 }, (_, index) =>
      publishPacket(index + 1, `dev2app/${device.did}`, report),
    );
    raw.socket.write(Buffer.concat(packets));
    const expected = packets.map((_, index) => `4002${(index + 1).toString(16).padStart(4, "0")}`).join("");
    const length = () => Buffer.concat(raw.reads.slice(5)).length;
    await raw.until(() => length() >= 400);
    expect(raw.reads[5]?.[0]).toBe(PUBACK);
    expect(Buffer.concat(raw.reads.slice(5)).toString("hex")).toBe(expected);
  });

  test("a packet that announces too much is cut at once", async () => {
    const raw = await bringOnline();
    raw.socket.write(Buffer.from("32ffffff7f", "hex"));
    await once(raw.socket, "close");
  });
});

test("a URL over 16 KB is told that it is, not that it were no HTTP", async () => {
  const response = await fetch(`${lab.urls.http}/status?${"a".repeat(20_000)}`);
  expect([response.status, await response.json()]).toEqual([
    431,
    { error_message: "form invalid!", error_code: 9015, detail_message: expect.stringContaining("longer than 16 KB") },
  ]);
});

test("a lab closes at once although somebody is connected who says nothing", async () => {
  const silent = [await open(lab.urls.mqtt), await open(lab.urls.http)];
  const ended = Promise.all(silent.map(({ socket }) => once(socket, "close")));
  await lab.close();
  await ended;
});
