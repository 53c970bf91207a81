import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLinkPair } from "../../../src/link/pair.js";
import type { PortLink } from "../../../src/link/port.js";
import { askRfc2217 } from "../../../src/link/rfc2217.js";
import { encodeSubnegotiation, escapeTelnet, TelnetDecoder } from "../../../src/link/telnet.js";

function decode(pieces: readonly Uint8Array[]) {
  const heard: unknown[] = [];
  const data: number[] = [];
  const decoder = new TelnetDecoder({
    data: (bytes) => data.push(...bytes),
    negotiation: (verb, option) => heard.push([verb, option]),
    subnegotiation: (bytes) => heard.push([...bytes]),
  });
  for (const piece of pieces) decoder.push(piece);
  return { data, heard };
}

describe("telnet", () => {
  it("takes data and commands apart wherever they are cut", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.uint8Array(),
        fc.uint8Array({ maxLength: 50 }),
        fc.nat(),
        (left, right, sub, at) => {
          const whole = Buffer.concat([
            escapeTelnet(left),
            Uint8Array.of(255, 253, 44),
            encodeSubnegotiation([44, ...sub]),
            escapeTelnet(right),
          ]);
          const cut = at % (whole.length + 1);
          expect(decode([whole.subarray(0, cut), whole.subarray(cut)])).toEqual({
            data: [...left, ...right],
            heard: [
              [253, 44],
              [44, ...sub],
            ],
          });
        },
      ),
    );
  });

  it("of RFC 2217 asks for the line settings as its clause 3 has them", async () => {
    const [near, far] = createLinkPair();
    const said: number[] = [];
    far.onData((bytes) => said.push(...bytes));
    const port: PortLink = Object.assign(near, { name: "far", onPeer: (tell: (is: boolean) => void) => tell(true) });
    askRfc2217(port, { baud: 0x25ff, dataBits: 7, parity: "even", stopBits: 1.5 });
    await new Promise((resolve) => setImmediate(resolve));
    const hex = Buffer.from(said).toString("hex");
    expect(hex).toContain("fffb2c");
    // The 0xFF of the baud rate stands there twice.
    expect(hex).toContain("fffa2c01000025fffffff0");
    expect(hex).toContain("fffa2c0207fff0fffa2c0303fff0fffa2c0403fff0");
  });
});
