import { expect, it } from "vitest";
import { tellHop } from "../../../../src/cli/events/tell-hop.js";
import { CMD, findCommand } from "../../../../src/codec/commands.js";
import { encodeFrame } from "../../../../src/codec/frame.js";
import { packFields } from "../../../../src/codec/payload.js";
import { formatHex } from "../../../../src/core/hex.js";

const SECRET = "5ec2e7005ec2e7005ec2e7005ec2e700";

it("tells a hop as an event of its name, and no secret that a board says of itself", () => {
  const payload = packFields(findCommand(CMD.deviceInfo)?.fields ?? [], {
    protocol_version: "00000004",
    p0_version: "00000002",
    hardware_version: "00000001",
    software_version: "00000001",
    product_key: "de9e8d18d9394cce9081b25a531e552b",
    bind_timeout_s: 0,
    attributes: "0000000000000002",
    product_secret: SECRET,
  });
  const hex = formatHex(encodeFrame({ cmd: CMD.deviceInfo, sn: 0, flags: 0, payload }));
  expect(Buffer.from(hex, "hex").toString("latin1")).toContain(SECRET);
  const told: string[] = [];
  const output = {
    isJson: true,
    json: (value: unknown) => void told.push(JSON.stringify(value)),
    line: () => {},
    note: () => {},
  };
  const detail = {
    cmd: "0x02",
    name: "device-info",
    hex,
    payload: formatHex(payload),
    fields: { product_secret: SECRET },
  };
  const shown = tellHop({ at: 1, id: "t1", hop: "uart.up", detail }, output);
  const [event = ""] = told;
  expect(JSON.parse(event)).toMatchObject({
    event: "uart.up",
    hop: "uart.up",
    id: "t1",
    detail: { name: "device-info" },
  });
  for (const text of [event, JSON.stringify(shown)]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(Buffer.from(SECRET).toString("hex"));
  }
});
