import { createWallClock } from "../../dist/core/clock.js";
import { loadProfile } from "../../dist/lab/profiles.js";
import { openPort } from "../../dist/link/open-port.js";
import { VirtualMcu } from "../../dist/mcu/virtual-mcu.js";

/** The other end of the pty: an MCU that reports all the time, or one that floods the line both ways. */
const [role, amount] = process.argv.slice(2);
const port = await openPort("pty");
let received = 0;
if (role === "flood") {
  port.onData((bytes) => {
    received += bytes.length;
    if (received >= Number(amount)) process.send?.({ received });
  });
  process.on("message", () => port.write(Buffer.alloc(Number(amount), 0xa5)));
} else {
  const mcu = new VirtualMcu({
    profile: loadProfile("pet-house").profile,
    clock: createWallClock(),
    link: port,
    model: { initial: {}, step: () => ({}) },
    stepMs: Number(amount),
    reportEveryStep: true,
  });
  mcu.start();
}
process.send?.({ path: port.path });
