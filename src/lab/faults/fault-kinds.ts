/** Parameters that some faults take besides those that all take. */
export type FaultParameter =
  | "direction"
  | "cmd"
  | "route"
  | "for"
  | "delay"
  | "every"
  | "by"
  | "rate"
  | "status"
  | "datapoints";

export interface FaultKindInfo {
  /** Where it strikes. */
  readonly group: "uart" | "net" | "http" | "cloud" | "persona";
  readonly about: string;
  /** Struck again and again by what passes, and so open to `probability`, `count` and `after`; others act by themselves. */
  readonly isMatched: boolean;
  /** What it takes, with the value that holds when it is left out. */
  readonly takes: Readonly<Partial<Record<FaultParameter, string>>>;
}

const uart = (about: string, more: FaultKindInfo["takes"] = {}): FaultKindInfo => ({
  group: "uart",
  about,
  isMatched: true,
  takes: { direction: "", cmd: "", ...more },
});
const acting =
  (group: FaultKindInfo["group"]) =>
  (about: string, takes: FaultKindInfo["takes"] = {}): FaultKindInfo => ({ group, about, isMatched: false, takes });
const matched =
  (group: FaultKindInfo["group"]) =>
  (about: string, takes: FaultKindInfo["takes"] = {}): FaultKindInfo => ({ group, about, isMatched: true, takes });
const [act, match, persona] = [acting("net"), matched("net"), acting("persona")];

/** Every fault there is. */
export const FAULT_KINDS = {
  "uart.drop": uart("the frame never arrives"),
  "uart.flip-bit": uart("one bit behind the header is wrong"),
  "uart.duplicate": uart("the frame arrives twice"),
  "uart.split": uart("the frame comes in two pieces with a pause between them", { delay: "50ms" }),
  "uart.join": uart("the frame waits and comes together with the next one"),
  "uart.stall": uart("the line stands still, then everything comes at once", { for: "500ms" }),
  "uart.noise": uart("random bytes come before the frame"),
  "uart.bad-checksum": uart("the checksum is off by one"),
  "uart.bad-sn": uart("the sn is another one, the checksum fits"),
  "uart.bad-length": uart("len counts two bytes that are not there"),
  "uart.late-ack": uart("an answer comes late", { delay: "300ms" }),
  "uart.no-ack": uart("an answer never comes"),
  "uart.unstuffed": uart("FF in the frame is not followed by 55"),

  "net.disconnect": act("the connection to the broker breaks"),
  "net.half-open": act("the connection stands, and nothing gets through", { for: "5m" }),
  "net.latency": match("MQTT packets come later", { direction: "", delay: "500ms" }),
  "net.lost-puback": match("the broker's PUBACK is lost"),
  "net.refuse": match("the broker refuses the login"),
  "net.take-over": act("somebody else logs in with the device's did for a while", { for: "1s" }),
  "net.storm": act("all devices lose their connections at once"),

  "http.error": matched("http")("the request is answered with an error", { route: "", status: "500" }),
  "http.slow": matched("http")("the answer takes its time", { route: "", delay: "3s" }),

  "cloud.skew": acting("cloud")("the cloud's clock is wrong", { by: "10m", for: "" }),
  "cloud.expire-tokens": acting("cloud")("all user tokens expire now"),

  "persona.brown-out": persona("the MCU loses its power for a moment, again and again", { every: "10m", for: "300ms" }),
  "persona.flapping-link": persona("the network goes away and comes back", { every: "5m" }),
  "persona.stuck-sensor": persona("readings stay as they are", { datapoints: "" }),
  "persona.slow-mcu": matched("uart")("the MCU answers late, sometimes too late", { delay: "180ms" }),
  "persona.drifting-clock": persona("the device's clock runs too fast or too slow", { rate: "1.02" }),
} satisfies Record<string, FaultKindInfo>;

export type FaultKind = keyof typeof FAULT_KINDS;
