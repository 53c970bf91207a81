import type { Millis } from "../../core/duration.js";
import type { Random } from "../../core/random.js";
import type { Attrs, CreateModel, Model } from "../model.js";
import { drawWait } from "./world/episode.js";
import { quantise, Sensor } from "./world/sensor.js";
import { sliceStep } from "./world/time-slices.js";
import { hourOfDay } from "./world/weather.js";
import type { World } from "./world/world.js";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const SLICE_MS = 5 * MINUTE_MS;
const EPOCH_2025_S = 1_735_689_600;
const PERCENT = { min: 0, max: 100, ratio: 1 };
const LOW_BATTERY = 12;
const STAY_MS = { Idle: 25 * MINUTE_MS, Listening: 4 * SECOND_MS, Thinking: 2 * SECOND_MS, Speaking: 9 * SECOND_MS };
const RECEIVED_MS = 5 * SECOND_MS;
const PLAYING_MS = 20 * SECOND_MS;

type TalkState = keyof typeof STAY_MS;
type MessageStatus = "None" | "Received" | "Playing" | "Played";

/** A talking toy: talks come by day, messages are played, the battery pays for both. */
export const createAiToy: CreateModel = (world: World): Model => {
  const { random } = world;
  const battery = new Sensor(world, "battery", PERCENT, random.integer(45, 95));

  const followUp = (state: TalkState): TalkState => {
    if (state === "Idle") return "Listening";
    if (state === "Listening") return "Thinking";
    if (state === "Thinking") return "Speaking";
    return random.next() < 0.6 ? "Listening" : "Idle";
  };
  /** Lets the child talk for a while; says how long the toy was busy. */
  const talk = (start: TalkState, isDay: boolean, spanMs: Millis): { state: TalkState; busyMs: Millis } => {
    let state = start;
    let busyMs = 0;
    for (let left = spanMs; ; ) {
      if (state === "Idle" && !isDay) return { state, busyMs };
      const stayMs = drawWait(random, STAY_MS[state]);
      if (state !== "Idle") busyMs += Math.min(stayMs, left);
      if (stayMs >= left) return { state, busyMs };
      left -= stayMs;
      state = followUp(state);
    }
  };

  return {
    initial: {
      state: "Idle",
      charge_status: "Unplugged",
      msg_status: "None",
      volume: 50,
      volume_delta: 0,
      battery: battery.reading,
      msg_timestamp: EPOCH_2025_S,
    },
    step({ attrs, now, elapsedMs }) {
      const status = stepMessage(random, attrs, elapsedMs);
      const delta = Number(attrs.volume_delta ?? 0);
      let state = String(attrs.state) in STAY_MS ? (attrs.state as TalkState) : "Idle";
      let isPlugged = attrs.charge_status === "Charging" || attrs.charge_status === "Full";
      let charge = battery.read(attrs);
      for (const { from, to } of sliceStep(now, elapsedMs, SLICE_MS)) {
        const hour = hourOfDay(from);
        const isBedtime = hour < 6 || hour >= 21;
        isPlugged = isPlugged ? isBedtime || charge < 100 : isBedtime || charge < LOW_BATTERY;
        const talked = talk(state, hour >= 7 && hour < 20, to - from);
        state = talked.state;
        const used = isPlugged ? -40 * (to - from) : 2 * (to - from) + 12 * talked.busyMs;
        charge = Math.min(100, Math.max(0, charge - used / HOUR_MS));
      }
      return {
        state: status === "Playing" ? "Speaking" : state,
        battery: battery.move(charge),
        charge_status: !isPlugged ? "Unplugged" : charge >= 100 ? "Full" : "Charging",
        msg_status: status,
        msg_req: status === "Received",
        ...(attrs.msg_flag === true && status === "Played" ? { msg_flag: false } : {}),
        ...(delta === 0 ? {} : { volume: quantise(Number(attrs.volume ?? 0) + delta, PERCENT), volume_delta: 0 }),
      };
    },
  };
};

/** What has become of the message that the app has left. */
function stepMessage(random: Random, attrs: Attrs, elapsedMs: Millis): MessageStatus {
  if (attrs.msg_flag !== true) return attrs.msg_status === "Played" ? "Played" : "None";
  let left = elapsedMs;
  if (attrs.msg_status !== "Playing") {
    left -= drawWait(random, RECEIVED_MS);
    if (left <= 0) return "Received";
  }
  return drawWait(random, PLAYING_MS) < left ? "Played" : "Playing";
}
