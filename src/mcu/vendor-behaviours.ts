import { CMD, findCommand, REFUSAL } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { RawValues } from "../codec/layout.js";
import { packP0, unpackP0 } from "../codec/p0.js";
import { unpackFields } from "../codec/payload.js";
import { GizlabError } from "../core/errors.js";
import type { Behaviour, McuReaction, McuView } from "./behaviour.js";
import { packDeviceInfo } from "./device-info.js";

const NO_PAYLOAD = new Uint8Array(0);
/** After acknowledging 0F the MCU waits this long (uart.md 2.1). */
const REBOOT_DELAY_MS = 600;

/** The behaviour of firmware made with the vendor's MCU SDK, command by command (uart.md 2, 7.1). */
export const VENDOR_BEHAVIOURS: readonly Behaviour[] = [
  on("device info", CMD.getDeviceInfo, (_, mcu) => [
    reply(CMD.deviceInfo, packDeviceInfo(mcu.profile, mcu.deviceInfo)),
  ]),
  on("heartbeat", CMD.heartbeat, () => [reply(CMD.heartbeatAck)]),
  on("p0", CMD.p0Down, answerP0),
  on("wifi status", CMD.wifiStatus, ({ payload }) => [
    reply(CMD.wifiStatusAck),
    { kind: "wifi-status", bits: (payload[0] ?? 0) * 256 + (payload[1] ?? 0) },
  ]),
  on("reboot", CMD.rebootMcu, () => [reply(CMD.rebootMcuAck), { kind: "restart", afterMs: REBOOT_DELAY_MS }]),
  on("network time", CMD.networkTime, ({ payload }) => {
    const { ntp } = unpackFields(findCommand(CMD.networkTime)?.fields ?? [], payload);
    return ntp === undefined ? [] : [{ kind: "network-time", epochS: Number(ntp) }];
  }),
  // Notices are not answered (uart.md 2.9).
  on("illegal message", CMD.illegalFromModule, () => []),
  {
    name: "answers to own requests",
    answer: (frame) => (isAnswer(frame.cmd) ? [] : undefined),
  },
  { name: "unknown command", answer: () => [refuse(REFUSAL.unknownCommand)] },
];

function on(name: string, cmd: number, answer: (frame: Frame, mcu: McuView) => readonly McuReaction[]): Behaviour {
  return {
    name,
    answer(frame, mcu) {
      if (frame.cmd !== cmd) return undefined;
      try {
        return answer(frame, mcu);
      } catch (error) {
        if (error instanceof GizlabError) return [refuse(REFUSAL.other)];
        throw error;
      }
    },
  };
}

function answerP0({ payload }: Frame, mcu: McuView): readonly McuReaction[] {
  const { layout } = mcu.profile;
  const content = unpackP0(layout, payload);
  switch (content.kind) {
    case "control":
      return [reply(CMD.p0DownAck), { kind: "control", values: content.values }, { kind: "report" }];
    case "read": {
      const values: RawValues = [];
      for (const { index } of content.wanted ?? layout.points) values[index] = mcu.reported[index] ?? mcu.values[index];
      return [reply(CMD.p0DownAck, packP0(layout, { kind: "read-reply", values }))];
    }
    case "passthrough-down":
      return [reply(CMD.p0DownAck), { kind: "passthrough", data: content.data }];
    default:
      return [reply(CMD.p0DownAck)];
  }
}

function isAnswer(cmd: number): boolean {
  const command = findCommand(cmd);
  return command !== undefined && command.ack === undefined;
}

function reply(cmd: number, payload: Uint8Array = NO_PAYLOAD): McuReaction {
  return { kind: "reply", cmd, payload };
}

function refuse(error: number): McuReaction {
  return { kind: "reply", cmd: CMD.illegalFromMcu, payload: Uint8Array.of(error) };
}
