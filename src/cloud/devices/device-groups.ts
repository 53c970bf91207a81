import { GizlabError } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import type { Database } from "../store/database.js";
import type { Registry } from "./registry.js";

/** A group with its subgroups. */
export interface DeviceGroup {
  readonly gid: string;
  readonly subgroups: readonly DeviceGroup[];
}

/** What became of the macs of a change, as they were sent. */
export interface GroupChange {
  readonly failed: readonly string[];
  readonly success: readonly string[];
}

const MOST_GROUPS = 10_000;
const MOST_LEVELS = 64;

interface GroupRow {
  readonly gid: string;
  readonly parent_gid: string | null;
}

/** The groups into which an enterprise sorts the devices of a product: one tree a product, one group a device (rest.md 2.2). */
export class DeviceGroups {
  readonly #database: Database;
  readonly #registry: Registry;
  readonly #random: Random;
  readonly #statements;

  constructor(database: Database, registry: Registry, random: Random) {
    this.#database = database;
    this.#registry = registry;
    this.#random = random;
    this.#statements = {
      one: database.prepare<[string], { product_key: string }>("SELECT product_key FROM device_groups WHERE gid = ?"),
      ofProduct: database.prepare<[string], GroupRow>(
        "SELECT gid, parent_gid FROM device_groups WHERE product_key = ? ORDER BY id",
      ),
      add: database.prepare<[string, string, string | null]>(
        "INSERT INTO device_groups (gid, product_key, parent_gid) VALUES (?, ?, ?)",
      ),
      remove: database.prepare<[string]>("DELETE FROM device_groups WHERE gid = ?"),
      macs: database.prepare<[string], string>("SELECT mac FROM device_group_macs WHERE gid = ? ORDER BY mac").pluck(),
      groupOf: database
        .prepare<[string, string], string>("SELECT gid FROM device_group_macs WHERE product_key = ? AND mac = ?")
        .pluck(),
      assign: database.prepare<[string, string, string]>(
        "INSERT OR REPLACE INTO device_group_macs (product_key, mac, gid) VALUES (?, ?, ?)",
      ),
      unassign: database.prepare<[string, string]>("DELETE FROM device_group_macs WHERE product_key = ? AND mac = ?"),
    };
  }

  /** The tree of a product; undefined while it has no group. */
  tree(productKey: string): DeviceGroup | undefined {
    const rows = this.#statements.ofProduct.all(productKey);
    const root = rows.find(({ parent_gid: parent }) => parent === null);
    return root === undefined ? undefined : growTree(root.gid, rows);
  }

  /** Adds a root, or a subgroup of `parent`. Throws `group-root`, `group-parent`, `group-foreign`, `group-limit`. */
  add(productKey: string, parent?: string): string {
    if (parent === undefined && this.tree(productKey) !== undefined) {
      throw new GizlabError("group-root", "the product has a root group already", {
        hint: "name a parent_gid for a subgroup",
      });
    }
    if (parent !== undefined) {
      if (this.#statements.one.get(parent) === undefined) {
        throw new GizlabError("group-parent", `no group has the gid ${parent.slice(0, 64)}`);
      }
      this.#require(productKey, parent);
    }
    this.#requireRoom(productKey, parent);
    const gid = this.#random.hex(16);
    this.#statements.add.run(gid, productKey, parent ?? null);
    return gid;
  }

  /** Throws `group-unknown`, `group-foreign`, and for a group that is not empty `group-subgroup`, `group-devices`. */
  remove(productKey: string, gid: string): void {
    this.#require(productKey, gid);
    const rows = this.#statements.ofProduct.all(productKey);
    if (rows.some(({ parent_gid: parent }) => parent === gid)) {
      throw new GizlabError("group-subgroup", "the group has subgroups");
    }
    if (this.#statements.macs.all(gid).length > 0) throw new GizlabError("group-devices", "the group has devices");
    this.#statements.remove.run(gid);
  }

  /** The macs of the group itself. Throws `group-unknown`, `group-foreign`. */
  macs(productKey: string, gid: string): string[] {
    this.#require(productKey, gid);
    return this.#statements.macs.all(gid);
  }

  /** The macs of the group and of all below it. Throws `group-unknown`, `group-foreign`. */
  macsBelow(productKey: string, gid: string): Set<string> {
    this.#require(productKey, gid);
    const rows = this.#statements.ofProduct.all(productKey);
    const below = (group: DeviceGroup): string[] => [
      ...this.#statements.macs.all(group.gid),
      ...group.subgroups.flatMap(below),
    ];
    return new Set(below(growTree(gid, rows)));
  }

  /**
   * Puts devices into a group; with `move` also those of another group, which fail without. A mac that no device of
   * the product has fails. Throws `group-unknown`, `group-foreign`.
   */
  assign(productKey: string, gid: string, macs: readonly string[], move: boolean): GroupChange {
    return this.#change(productKey, gid, macs, (mac, isDevice) => {
      const current = this.#statements.groupOf.get(productKey, mac);
      if (!isDevice || (current !== undefined && current !== gid && !move)) return false;
      this.#statements.assign.run(productKey, mac, gid);
      return true;
    });
  }

  /** Takes devices out of a group; those that are not in it fail. Throws `group-unknown`, `group-foreign`. */
  unassign(productKey: string, gid: string, macs: readonly string[]): GroupChange {
    return this.#change(productKey, gid, macs, (mac) => {
      if (this.#statements.groupOf.get(productKey, mac) !== gid) return false;
      this.#statements.unassign.run(productKey, mac);
      return true;
    });
  }

  #change(
    productKey: string,
    gid: string,
    macs: readonly string[],
    act: (mac: string, isDevice: boolean) => boolean,
  ): GroupChange {
    this.#require(productKey, gid);
    const failed: string[] = [];
    const success: string[] = [];
    this.#database.transaction(() => {
      for (const mac of macs) {
        // Written as the device itself writes it; one that was disabled since is in its group still.
        const device = this.#registry.findByMac(productKey, mac);
        (act(device?.mac ?? mac, device !== undefined) ? success : failed).push(mac);
      }
    })();
    return { failed, success };
  }

  /** A tree of any depth could not be shown. */
  #requireRoom(productKey: string, parent: string | undefined): void {
    const rows = this.#statements.ofProduct.all(productKey);
    const parents = new Map(rows.map((row) => [row.gid, row.parent_gid]));
    let depth = 1;
    for (let gid = parent ?? null; gid !== null; gid = parents.get(gid) ?? null) depth += 1;
    if (rows.length < MOST_GROUPS && depth <= MOST_LEVELS) return;
    throw new GizlabError("group-limit", "there are too many groups, or too many levels of them", {
      expected: `at most ${MOST_GROUPS} groups on ${MOST_LEVELS} levels`,
    });
  }

  #require(productKey: string, gid: string): void {
    const owner = this.#statements.one.get(gid)?.product_key;
    if (owner === undefined) throw new GizlabError("group-unknown", `no group has the gid ${gid.slice(0, 64)}`);
    if (owner !== productKey) throw new GizlabError("group-foreign", "the group is of another product");
  }
}

/** The tree below a group; rows come in the order in which groups were made, a parent before its subgroups. */
function growTree(gid: string, rows: readonly GroupRow[]): DeviceGroup {
  const grown = new Map<string | null, DeviceGroup[]>();
  for (const row of rows.toReversed()) {
    const group = { gid: row.gid, subgroups: (grown.get(row.gid) ?? []).reverse() };
    if (row.gid === gid) return group;
    const siblings = grown.get(row.parent_gid);
    if (siblings === undefined) grown.set(row.parent_gid, [group]);
    else siblings.push(group);
  }
  return { gid, subgroups: [] };
}
