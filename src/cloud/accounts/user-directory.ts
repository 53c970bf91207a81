import type { Millis } from "../../core/duration.js";
import type { Database } from "../store/database.js";
import type { TimeBucket } from "../telemetry/calendar.js";

/** A user as an enterprise sees them. */
export interface UserRecord {
  readonly uid: string;
  readonly appId: string;
  readonly isAnonymous: boolean;
  readonly username: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly gender: string;
  readonly birthday: string | null;
  readonly address: string | null;
  readonly remark: string | null;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
}

/** What registered users are looked for by; all of it must fit. */
export type UserFilter = Readonly<Partial<Record<"appId" | "username" | "phone" | "email", string>>>;

/** One binding to a device of a product. */
export interface BoundUser {
  readonly uid: string;
  readonly deviceId: number;
  readonly isOwner: boolean;
  readonly boundAt: Millis;
}

type Row = Omit<UserRecord, "isAnonymous">;

const SELECT = `SELECT uid, app_id AS appId, username, phone, email, name, gender, birthday, address, remark,
  created_at AS createdAt, coalesce(updated_at, created_at) AS updatedAt FROM users`;

/** The users of all apps as an enterprise looks for them. */
export class UserDirectory {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = {
      one: database.prepare<[string], Row>(`${SELECT} WHERE uid = ?`),
      search: database.prepare<Record<string, string | null>, Row>(
        `${SELECT} WHERE (@appId IS NULL OR app_id = @appId) AND (@username IS NULL OR username = @username)
         AND (@phone IS NULL OR phone = @phone) AND (@email IS NULL OR email = @email) ORDER BY created_at, uid`,
      ),
      bound: database.prepare<[string], { uid: string; deviceId: number; role: string; boundAt: Millis }>(
        `SELECT b.uid, b.device_id AS deviceId, b.role, b.created_at AS boundAt
         FROM devices d JOIN bindings b ON b.device_id = d.id WHERE d.product_key = ? ORDER BY b.created_at, b.uid, d.id`,
      ),
      logins: database
        .prepare<{ ranges: string; appId: string | null }, number>(
          `SELECT count(DISTINCT t.uid) FROM json_each(@ranges) r LEFT JOIN tokens t
             ON t.created_at >= r.value ->> 0 AND t.created_at < r.value ->> 1
             AND (@appId IS NULL OR t.app_id = @appId)
           GROUP BY r.key ORDER BY r.key`,
        )
        .pluck(),
    };
  }

  find(uid: string): UserRecord | undefined {
    const row = this.#statements.one.get(uid);
    return row === undefined ? undefined : toRecord(row);
  }

  /** Registered users, oldest first. */
  search(filter: UserFilter): UserRecord[] {
    const { appId = null, username = null, phone = null, email = null } = filter;
    return this.#statements.search.all({ appId, username, phone, email }).map(toRecord);
  }

  /** Who has bound devices of a product, oldest binding first. */
  boundTo(productKey: string): BoundUser[] {
    return this.#statements.bound
      .all(productKey)
      .map(({ role, ...rest }) => ({ ...rest, isOwner: role === "owner" || role === "special" }));
  }

  /** How many users have registered or logged in during each range, of one app or of all; a token tells when. */
  countLogins(ranges: readonly TimeBucket[], appId: string | null = null): number[] {
    return this.#statements.logins.all({ ranges: JSON.stringify(ranges.map(({ start, end }) => [start, end])), appId });
  }
}

function toRecord(row: Row): UserRecord {
  return { ...row, isAnonymous: row.username === null && row.phone === null && row.email === null };
}
