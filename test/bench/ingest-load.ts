import { connect, type Socket } from "node:net";
import mqtt from "mqtt-packet";

interface Order {
  readonly port: number;
  readonly logins: readonly { readonly clientId: string; readonly password: string }[];
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** A pet-house report with LED_OnOff set: 0x0091, action 04, ten bytes. */
const REPORT_FRAME = Buffer.from("000000030e0000910401380000000117140000", "hex");

let acknowledged = 0;
let sent = 0;
let isOpen = true;

process.on("message", async (order: Order) => {
  await Promise.all(order.logins.map((login) => openClient(order, login)));
  await delay(order.warmUpMs);
  const before = acknowledged;
  const startedAt = performance.now();
  await delay(order.measureMs);
  const ms = performance.now() - startedAt;
  const inWindow = acknowledged - before;
  isOpen = false;
  while (acknowledged < sent) await delay(5);
  process.send?.({ acknowledged: inWindow, total: acknowledged, ms });
});

function openClient({ port, inFlight }: Order, { clientId, password }: Order["logins"][number]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const packets = Array.from({ length: inFlight }, (_, i) =>
      mqtt.generate({
        cmd: "publish",
        topic: `dev2app/${clientId}`,
        payload: REPORT_FRAME,
        qos: 1,
        messageId: i + 1,
        dup: false,
        retain: false,
      }),
    );
    socket.write(
      mqtt.generate({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clean: true,
        clientId,
        username: clientId,
        password: Buffer.from(password),
        keepalive: 120,
      }),
    );
    socket.once("data", () => {
      receiveAcks(socket, packets);
      socket.write(Buffer.concat(packets));
      sent += packets.length;
      resolve();
    });
  });
}

/** Every PUBACK is four bytes; its slot's packet is sent again. */
function receiveAcks(socket: Socket, packets: readonly Buffer[]): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const count = Math.floor(data.length / 4);
    rest = data.subarray(count * 4);
    acknowledged += count;
    if (!isOpen || count === 0) return;
    const again: Buffer[] = [];
    for (let i = 0; i < count; i += 1) again.push(packets[data.readUInt16BE(i * 4 + 2) - 1] as Buffer);
    socket.write(again.length === 1 ? (again[0] as Buffer) : Buffer.concat(again));
    sent += count;
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
