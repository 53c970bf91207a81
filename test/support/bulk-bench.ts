import { CMD } from "../../src/codec/commands.js";
import { decodeFrame, type Frame } from "../../src/codec/frame.js";
import { VirtualClock } from "../../src/core/clock.js";
import { BulkReceiver } from "../../src/link/bulk-receiver.js";
import { BulkSender } from "../../src/link/bulk-sender.js";
import { FramePort } from "../../src/link/frame-port.js";
import { interceptLink } from "../../src/link/intercepted.js";
import { lineTime, paceLink } from "../../src/link/paced.js";
import { createLinkPair } from "../../src/link/pair.js";

/** A frame on the wire of the bench. */
export interface BulkFrame {
  readonly at: number;
  readonly from: "sender" | "receiver";
  readonly frame: Frame;
}

/** A sender and a receiver of big data on a wire of 9600 baud, with everything said written down. */
export function createBulkBench(limits: { pieceLength?: number; sizeLimit?: number } = {}) {
  const clock = new VirtualClock(0);
  const said: BulkFrame[] = [];
  const received: { file: Uint8Array; md5: string }[] = [];
  const problems = { sender: [] as string[], receiver: [] as string[] };
  const bench = {
    clock,
    said,
    received,
    problems,
    /** How many transfers have ended without a problem. */
    sent: 0,
    /** Returns the bytes that arrive instead, or undefined to leave them. */
    meddle: (_frame: BulkFrame): readonly Uint8Array[] | undefined => undefined,
    send(file: Uint8Array) {
      sender.send(file, (problem) => {
        if (problem === undefined) bench.sent += 1;
        else problems.sender.push(problem.code);
      });
    },
    /** Commands said by an end, in order. */
    cmds: (from: BulkFrame["from"]) => said.filter((one) => one.from === from).map(({ frame }) => frame.cmd),
  };
  const [left, right] = createLinkPair();
  const createEnd = (from: BulkFrame["from"], end: typeof left, take: (frame: Frame) => void): FramePort => {
    const link = interceptLink(paceLink(end, clock, 9600), clock, (bytes) => {
      const frame = decodeFrame(bytes);
      if (frame === undefined) return undefined;
      said.push({ at: clock.now(), from, frame });
      return bench.meddle({ at: clock.now(), from, frame })?.map((changed) => ({ bytes: changed, delayMs: 0 }));
    });
    const port = new FramePort({
      clock,
      link,
      matchSn: true,
      whenBusy: "queue",
      lineTime: (length) => lineTime(length, 9600),
      isOn: () => true,
      frame: (frame) => {
        port.acknowledge(frame);
        take(frame);
      },
      badChecksum: () => {},
    });
    return port;
  };
  const senderPort = createEnd("sender", left, (frame) => sender.receive(frame));
  const receiverPort = createEnd("receiver", right, (frame) => receiver.receive(frame));
  const sender = new BulkSender({ clock, port: senderPort, notice: CMD.illegalFromModule });
  const receiver = new BulkReceiver({
    clock,
    port: receiverPort,
    notice: CMD.illegalFromMcu,
    ...limits,
    received: (file, md5) => received.push({ file, md5 }),
    failed: ({ code }) => problems.receiver.push(code),
  });
  return Object.assign(bench, { sender, receiver, senderPort, receiverPort });
}

/** Bytes that differ along the file, FF among them. */
export function createFile(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
}
