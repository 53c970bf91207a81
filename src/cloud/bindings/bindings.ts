import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import type { Device } from "../devices/registry.js";
import type { Database } from "../store/database.js";

/** First user without sharing, further ones; owner and guests with sharing. */
export type Role = "special" | "normal" | "owner" | "guest";

/** What ties a user to a device, with what that user calls it. */
export interface Binding {
  readonly uid: string;
  readonly deviceId: number;
  readonly role: Role;
  readonly remark: string;
  readonly alias: string;
  readonly labels: readonly string[];
}

export type BindingNames = Partial<Pick<Binding, "remark" | "alias" | "labels">>;

interface BindingRow {
  uid: string;
  device_id: number;
  role: Role;
  remark: string;
  dev_alias: string;
  dev_label: string;
  created_at: Millis;
}

/** Who may see and control which device. */
export class Bindings {
  readonly #clock: Clock;
  readonly #statements;
  /** Called when a user has lost a device, so that their apps stop hearing of it. */
  onUnbound: (uid: string, deviceId: number) => void = () => {};

  constructor(database: Database, clock: Clock) {
    this.#clock = clock;
    this.#statements = {
      one: database.prepare<[string, number], BindingRow>("SELECT * FROM bindings WHERE uid = ? AND device_id = ?"),
      ofUser: database.prepare<[string], BindingRow>(
        "SELECT * FROM bindings WHERE uid = ? ORDER BY created_at, device_id",
      ),
      ofDevice: database.prepare<[number], BindingRow>(
        "SELECT * FROM bindings WHERE device_id = ? ORDER BY created_at, uid",
      ),
      aliases: database.prepare<[], Pick<BindingRow, "device_id" | "dev_alias">>(
        "SELECT device_id, dev_alias FROM bindings WHERE dev_alias <> '' ORDER BY created_at DESC, uid DESC",
      ),
      add: database.prepare(
        "INSERT INTO bindings (uid, device_id, role, remark, dev_alias, dev_label, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ),
      rename: database.prepare(
        "UPDATE bindings SET remark = ?, dev_alias = ?, dev_label = ? WHERE uid = ? AND device_id = ?",
      ),
      setRole: database.prepare("UPDATE bindings SET role = ? WHERE uid = ? AND device_id = ?"),
      remove: database.prepare("DELETE FROM bindings WHERE uid = ? AND device_id = ?"),
      removeDevice: database.prepare("DELETE FROM bindings WHERE device_id = ?"),
    };
  }

  /**
   * Binds a user; binding again keeps the role and takes over new names. Without sharing the first user is
   * special and others normal; with sharing the first is the owner and nobody else may bind.
   * Throws `owner-exists`.
   */
  bind(uid: string, device: Device, sharing: boolean, names: BindingNames = {}): { binding: Binding; isNew: boolean } {
    const known = this.find(uid, device.id);
    if (known !== undefined) {
      return { binding: Object.keys(names).length > 0 ? this.rename(uid, device.id, names) : known, isNew: false };
    }
    const others = this.ofDevice(device.id);
    if (sharing && others.length > 0) {
      throw new GizlabError("owner-exists", "the device has an owner; only the owner can share it");
    }
    const role: Role = sharing ? "owner" : others.some((other) => other.role === "special") ? "normal" : "special";
    this.#statements.add.run(
      uid,
      device.id,
      role,
      names.remark ?? "",
      names.alias ?? "",
      JSON.stringify(names.labels ?? []),
      this.#clock.now(),
    );
    return { binding: this.get(uid, device.id), isNew: true };
  }

  /** Ends a binding; the next normal user becomes special, and with the owner all guests go. False when there was none. */
  unbind(uid: string, deviceId: number): boolean {
    const binding = this.find(uid, deviceId);
    if (binding === undefined) return false;
    if (binding.role === "owner") {
      this.unbindAll(deviceId);
      return true;
    }
    this.#statements.remove.run(uid, deviceId);
    this.onUnbound(uid, deviceId);
    if (binding.role === "special") {
      const heir = this.ofDevice(deviceId).find((other) => other.role === "normal");
      if (heir !== undefined) this.#statements.setRole.run("special", heir.uid, deviceId);
    }
    return true;
  }

  /** Ends all bindings of a device, as a reset does. */
  unbindAll(deviceId: number): void {
    const lost = this.ofDevice(deviceId);
    this.#statements.removeDevice.run(deviceId);
    for (const { uid } of lost) this.onUnbound(uid, deviceId);
  }

  find(uid: string, deviceId: number): Binding | undefined {
    const row = this.#statements.one.get(uid, deviceId);
    return row === undefined ? undefined : toBinding(row);
  }

  /** Throws `not-bound`. */
  get(uid: string, deviceId: number): Binding {
    const binding = this.find(uid, deviceId);
    if (binding === undefined) throw new GizlabError("not-bound", "the user has not bound this device");
    return binding;
  }

  /** A user's bindings, oldest first. */
  ofUser(uid: string): Binding[] {
    return this.#statements.ofUser.all(uid).map(toBinding);
  }

  ofDevice(deviceId: number): Binding[] {
    return this.#statements.ofDevice.all(deviceId).map(toBinding);
  }

  /** What users call the devices, by device id; of several names the oldest user's. Devices without a name are absent. */
  aliases(): ReadonlyMap<number, string> {
    return new Map(this.#statements.aliases.all().map(({ device_id: id, dev_alias: alias }) => [id, alias]));
  }

  /** Changes what the user calls the device. Throws `not-bound`. */
  rename(uid: string, deviceId: number, names: BindingNames): Binding {
    const next = { ...this.get(uid, deviceId), ...names };
    this.#statements.rename.run(next.remark, next.alias, JSON.stringify(next.labels), uid, deviceId);
    return next;
  }
}

function toBinding(row: BindingRow): Binding {
  return {
    uid: row.uid,
    deviceId: row.device_id,
    role: row.role,
    remark: row.remark,
    alias: row.dev_alias,
    labels: JSON.parse(row.dev_label) as string[],
  };
}
