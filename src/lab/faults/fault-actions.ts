import type { Users } from "../../cloud/accounts/users.js";
import type { Broker } from "../../cloud/broker/broker.js";
import type { BentClock } from "../../core/bent-clock.js";
import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { KeyedTimers } from "../../core/keyed-timers.js";
import { connectMqtt } from "../../gagent/mqtt-client.js";
import type { VirtualDevice } from "../virtual-device.js";
import type { ActiveFault, FaultActions, Faults } from "./faults.js";

export interface FaultActionParts {
  readonly faults: Faults;
  readonly clock: Clock;
  readonly cloudClock: BentClock;
  readonly broker: Broker;
  readonly users: Users;
  readonly devices: () => readonly VirtualDevice[];
}

type Phase = "next" | "end";
type TimerKey = `${Phase | "leave"} ${string}`;

const KEEPALIVE_S = 120;

/** The faults that act by themselves: what breaks once, and what goes on breaking (the personas). */
export class LabFaultActions implements FaultActions {
  readonly #parts: FaultActionParts;
  readonly #timers: KeyedTimers<TimerKey>;

  constructor(parts: FaultActionParts) {
    this.#parts = parts;
    this.#timers = new KeyedTimers(parts.clock);
  }

  begin(fault: ActiveFault): void {
    const { broker, users, cloudClock, faults } = this.#parts;
    const { spec, rule } = { spec: fault.rule.spec, rule: fault.rule };
    switch (spec.kind) {
      case "net.disconnect":
      case "net.storm":
        for (const did of this.#dids(fault)) {
          faults.hit(fault, { did });
          broker.disconnect(did, "tcp_closed");
        }
        return this.#over(fault);
      case "net.take-over":
        for (const did of this.#dids(fault)) this.#takeOver(fault, did);
        return this.#over(fault);
      case "net.half-open":
        return this.#wait("end", fault, rule.forMs);
      case "cloud.skew":
        faults.hit(fault);
        cloudClock.shift(rule.byMs);
        if (rule.forMs > 0) this.#wait("end", fault, rule.forMs);
        return;
      case "cloud.expire-tokens":
        faults.hit(fault);
        users.expireTokens();
        return this.#over(fault);
      case "persona.stuck-sensor":
        faults.hit(fault);
        for (const { mcu } of this.#devices(fault)) mcu.stick(spec.datapoints ?? numbersOf(mcu.profile));
        return;
      case "persona.drifting-clock":
        faults.hit(fault);
        for (const device of this.#devices(fault)) device.clock.run(rule.rate);
        return;
      case "persona.brown-out":
      case "persona.flapping-link":
        return this.#waitForNext(fault);
      default:
        return;
    }
  }

  end(fault: ActiveFault): void {
    this.#timers.cancel(`next ${fault.id}`);
    this.#timers.cancel(`end ${fault.id}`);
    const { kind } = fault.rule.spec;
    if (kind === "persona.stuck-sensor") for (const { mcu } of this.#devices(fault)) mcu.stick([]);
    if (kind === "persona.drifting-clock") for (const { clock } of this.#devices(fault)) clock.run(1);
    if (kind === "persona.brown-out") for (const device of this.#devices(fault)) device.endBrownOut();
    if (kind === "cloud.skew") this.#parts.cloudClock.shift(-fault.rule.byMs);
    // What was said into a dead connection is lost; a live one in its place begins with a new login.
    if (kind === "net.half-open") for (const did of this.#dids(fault)) this.#parts.broker.disconnect(did, "tcp_closed");
  }

  save(): Readonly<Partial<Record<string, Millis>>> {
    return this.#timers.save();
  }

  load(timers: Readonly<Partial<Record<string, Millis>>>): void {
    this.#timers.clear();
    for (const [key, delayMs = 0] of Object.entries(timers)) {
      const [phase = "", id = ""] = key.split(" ");
      const fault = this.#parts.faults.find(id);
      if (fault === undefined) continue;
      if (phase === "end") this.#wait("end", fault, delayMs);
      else this.#wait("next", fault, delayMs);
    }
  }

  close(): void {
    this.#timers.clear();
  }

  #wait(phase: Phase, fault: ActiveFault, delayMs: Millis): void {
    this.#timers.set(`${phase} ${fault.id}`, delayMs, () => {
      if (phase === "end") this.#over(fault);
      else this.#strikeOnce(fault);
    });
  }

  /** Mean `every`, exponentially distributed as accidents are. */
  #waitForNext(fault: ActiveFault): void {
    this.#wait("next", fault, Math.ceil(-Math.log(1 - fault.random.next()) * fault.rule.everyMs));
  }

  #strikeOnce(fault: ActiveFault): void {
    const { faults, broker } = this.#parts;
    const candidates = this.#devices(fault).filter(({ isPowered }) => isPowered);
    this.#waitForNext(fault);
    if (candidates.length === 0) return;
    const device = fault.random.pick(candidates);
    const { did } = device;
    faults.hit(fault, did === undefined ? {} : { did });
    if (fault.rule.spec.kind === "persona.flapping-link") {
      if (did !== undefined) broker.disconnect(did, "tcp_closed");
      return;
    }
    device.brownOut(fault.rule.forMs);
  }

  #over(fault: ActiveFault): void {
    if (this.#parts.faults.find(fault.id) !== undefined) this.#parts.faults.remove(fault.id);
  }

  /** Somebody else logs in with the device's own did and passcode. */
  #takeOver(fault: ActiveFault, did: string): void {
    const { broker, clock, faults } = this.#parts;
    const passcode = broker.presence.find(did)?.device.passcode;
    if (passcode === undefined) return;
    faults.hit(fault, { did });
    const login = { clientId: did, username: did, password: passcode, keepaliveS: KEEPALIVE_S };
    const nothing = { message: () => {}, closed: () => {} };
    const leave = (connection: { close(): void }): void => {
      this.#timers.set(`leave ${fault.id} ${did}`, fault.rule.forMs, () => connection.close());
    };
    // Refused because another fault forbids it, or taken over in turn: both are what a real intruder would meet.
    const release = clock.hold();
    connectMqtt(() => broker.connect(), login, clock, nothing)
      .then(leave, () => {})
      .finally(release);
  }

  #devices({ rule }: ActiveFault): readonly VirtualDevice[] {
    const { did } = rule.spec;
    return this.#parts.devices().filter((device) => did === undefined || device.did === did);
  }

  /** Everybody who is online: real boards and devices of other processes too. */
  #dids({ rule }: ActiveFault): readonly string[] {
    const { did } = rule.spec;
    return this.#parts.broker.presence.dids.filter((online) => did === undefined || online === did);
  }
}

function numbersOf(profile: VirtualDevice["mcu"]["profile"]): readonly string[] {
  return profile.datapoints.filter(({ dataType }) => dataType.startsWith("uint")).map(({ name }) => name);
}
