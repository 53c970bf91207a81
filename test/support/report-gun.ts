import mqtt from "mqtt";
import { MQTT_31 } from "./mqtt-party.js";

/** A device as its firmware knows it. */
export interface Firmware {
  readonly did: string;
  readonly passcode: string;
}

/** A device that reports as fast as it is acknowledged. */
export interface ReportGun {
  /** Numbers of the reports that were handed to the socket, whatever became of them. */
  readonly sent: ReadonlySet<number>;
  /** Numbers of the reports for which a PUBACK came. */
  readonly acknowledged: ReadonlySet<number>;
  /** Resolves when the connection has ended and nothing can come any more. */
  readonly ended: Promise<void>;
}

/** Reports that wait for their PUBACK at a time. */
const IN_FLIGHT = 8;
/** LED_R, LED_G and LED_B go to 254. */
const BASE = 250;

/** What a report says; `Humidity` is 1 in all of them, so that its sum is their number. */
export function reportValues(number: number): Readonly<Record<"LED_R" | "LED_G" | "LED_B" | "Humidity", number>> {
  return {
    LED_R: number % BASE,
    LED_G: Math.floor(number / BASE) % BASE,
    LED_B: Math.floor(number / BASE ** 2),
    Humidity: 1,
  };
}

/** The business frame of report `number` of a pet house: motor 0, temperature 10 (cloud.md 3.3). */
function encodeReport(number: number): Buffer {
  const { LED_R, LED_G, LED_B, Humidity } = reportValues(number);
  return Buffer.from([0, 0, 0, 3, 14, 0, 0, 0x91, 4, 0, LED_R, LED_G, LED_B, 5, 0, 23, Humidity, 0, 0]);
}

/** The number of a report in `payload_bin` of the log. */
export function readReportNumber(payload: string): number {
  const [red = 0, green = 0, blue = 0] = Buffer.from(payload, "hex").subarray(-9, -6);
  return red + BASE * (green + BASE * blue);
}

/** Logs a device in and reports from number `from` on until the connection ends. Rejects when the login is refused. */
export async function fireReports(
  url: string,
  { did, passcode }: Firmware,
  from: number,
  onAck: () => void,
): Promise<ReportGun> {
  const client = await mqtt.connectAsync(
    url,
    { ...MQTT_31, clientId: did, username: did, password: passcode, reconnectPeriod: 0, keepalive: 0 },
    false,
  );
  const [sent, acknowledged] = [new Set<number>(), new Set<number>()];
  const ended = new Promise<void>((resolve) => client.once("close", () => resolve()));
  client.on("error", () => {});
  let next = from;
  const fire = (): void => {
    const number = next;
    next += 1;
    sent.add(number);
    client.publish(`dev2app/${did}`, encodeReport(number), { qos: 1 }, (error) => {
      if (error !== undefined && error !== null) return;
      acknowledged.add(number);
      onAck();
      fire();
    });
  };
  for (let slot = 0; slot < IN_FLIGHT; slot += 1) fire();
  return { sent, acknowledged, ended };
}
