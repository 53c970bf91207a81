import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import type { Database } from "../store/database.js";
import { hashPassword, isStrongPassword, verifyPassword } from "./password.js";

/** A user token lives 180 days, as live answers show (rest.md 4.1 item 9). */
const TOKEN_LIFE_MS: Millis = 180 * 86_400_000;

/** A user of an app, as `GET /app/users` shows it. */
export interface User {
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
  readonly lang: string;
  readonly remark: string | null;
}

/** What a user may change about themself. */
export type UserInfo = Partial<Record<"name" | "gender" | "birthday" | "address" | "lang" | "remark", string>>;

export interface Session {
  readonly token: string;
  readonly uid: string;
  /** Epoch seconds. */
  readonly expireAt: number;
}

interface UserRow {
  uid: string;
  app_id: string;
  phone_id: string | null;
  username: string | null;
  password_hash: string | null;
  phone: string | null;
  email: string | null;
  name: string | null;
  gender: string;
  birthday: string | null;
  address: string | null;
  lang: string;
  remark: string | null;
}

/** The users of all apps and their tokens. A new login leaves earlier tokens valid. */
export class Users {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #database: Database;
  readonly #statements;

  constructor(database: Database, clock: Clock, random: Random) {
    this.#database = database;
    this.#clock = clock;
    this.#random = random;
    this.#statements = {
      byUid: database.prepare<[string], UserRow>("SELECT * FROM users WHERE uid = ?"),
      byPhoneId: database.prepare<[string, string], UserRow>("SELECT * FROM users WHERE app_id = ? AND phone_id = ?"),
      byName: database.prepare<[string, string, string, string], UserRow>(
        "SELECT * FROM users WHERE app_id = ? AND (username = ? OR phone = ? OR email = ?)",
      ),
      add: database.prepare(
        "INSERT INTO users (uid, app_id, phone_id, username, password_hash, lang, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ),
      setPassword: database.prepare("UPDATE users SET password_hash = ?, updated_at = ? WHERE uid = ?"),
      convert: database.prepare(
        "UPDATE users SET username = ?, password_hash = ?, phone_id = NULL, updated_at = ? WHERE uid = ?",
      ),
      addToken: database.prepare(
        "INSERT INTO tokens (token, uid, app_id, expire_at, created_at) VALUES (?, ?, ?, ?, ?)",
      ),
      token: database.prepare<[string], { uid: string; app_id: string; expire_at: Millis }>(
        "SELECT uid, app_id, expire_at FROM tokens WHERE token = ?",
      ),
      expireAll: database.prepare<[Millis]>("UPDATE tokens SET expire_at = ?"),
      count: database.prepare<[], { n: number }>("SELECT count(*) AS n FROM users"),
    };
  }

  get count(): number {
    return this.#statements.count.get()?.n ?? 0;
  }

  /** Registers or logs in the anonymous user of a phone. */
  enterAnonymously(appId: string, phoneId: string, lang = "en"): Session {
    const known = this.#statements.byPhoneId.get(appId, phoneId);
    const uid = known?.uid ?? this.#add(appId, phoneId, null, null, lang);
    return this.#openSession(uid, appId);
  }

  /** Throws `username-taken`, `password-weak`. */
  async register(appId: string, username: string, password: string, lang = "en"): Promise<Session> {
    requireStrong(password);
    this.#requireFree(appId, username);
    const hash = await hashPassword(password, this.#random);
    this.#requireFree(appId, username);
    return this.#openSession(this.#add(appId, null, username, hash, lang), appId);
  }

  /** Throws `user-unknown`, `password-wrong`. */
  async login(appId: string, username: string, password: string): Promise<Session> {
    const row = this.#statements.byName.get(appId, username, username, username);
    if (row === undefined) throw new GizlabError("user-unknown", "no user has this name");
    await this.#requirePassword(row, password);
    return this.#openSession(row.uid, appId);
  }

  /** The user behind a token of this app. Throws `token-invalid`, `token-expired`. */
  authenticate(appId: string, token: string): User {
    const row = this.#statements.token.get(token);
    if (row === undefined || row.app_id !== appId) throw new GizlabError("token-invalid", "the token is not known");
    if (row.expire_at <= this.#clock.now()) throw new GizlabError("token-expired", "the token has expired");
    return this.get(row.uid);
  }

  /** Ends all user tokens at once. */
  expireTokens(): void {
    this.#statements.expireAll.run(this.#clock.now());
  }

  /** Throws `user-unknown`. */
  get(uid: string): User {
    return toUser(this.#row(uid));
  }

  /** Turns an anonymous user into one with a name. Throws `user-not-anonymous`, `username-taken`, `password-weak`. */
  async convert(uid: string, username: string, password: string): Promise<void> {
    const row = this.#row(uid);
    if (row.username !== null) throw new GizlabError("user-not-anonymous", "the user already has a name");
    requireStrong(password);
    this.#requireFree(row.app_id, username);
    const hash = await hashPassword(password, this.#random);
    this.#requireFree(row.app_id, username);
    this.#statements.convert.run(username, hash, this.#clock.now(), uid);
  }

  /** Throws `password-wrong`, `password-weak`. */
  async changePassword(uid: string, oldPassword: string, newPassword: string): Promise<void> {
    await this.#requirePassword(this.#row(uid), oldPassword);
    requireStrong(newPassword);
    this.#statements.setPassword.run(await hashPassword(newPassword, this.#random), this.#clock.now(), uid);
  }

  changeInfo(uid: string, info: UserInfo): void {
    const row = this.#row(uid);
    const next = { ...row, ...info };
    this.#database
      .prepare(
        `UPDATE users SET name = ?, gender = ?, birthday = ?, address = ?, lang = ?, remark = ?, updated_at = ?
         WHERE uid = ?`,
      )
      .run(next.name, next.gender, next.birthday, next.address, next.lang, next.remark, this.#clock.now(), uid);
  }

  #add(appId: string, phoneId: string | null, username: string | null, hash: string | null, lang: string): string {
    const uid = this.#random.hex(16);
    this.#statements.add.run(uid, appId, phoneId, username, hash, lang, this.#clock.now());
    return uid;
  }

  #openSession(uid: string, appId: string): Session {
    const token = this.#random.hex(16);
    const now = this.#clock.now();
    const expireAt = Math.floor((now + TOKEN_LIFE_MS) / 1000);
    this.#statements.addToken.run(token, uid, appId, expireAt * 1000, now);
    return { token, uid, expireAt };
  }

  #row(uid: string): UserRow {
    const row = this.#statements.byUid.get(uid);
    if (row === undefined) throw new GizlabError("user-unknown", "no user has this uid");
    return row;
  }

  #requireFree(appId: string, username: string): void {
    if (this.#statements.byName.get(appId, username, username, username) === undefined) return;
    throw new GizlabError("username-taken", "the user name is taken");
  }

  async #requirePassword(row: UserRow, password: string): Promise<void> {
    if (row.password_hash !== null && (await verifyPassword(password, row.password_hash))) return;
    throw new GizlabError("password-wrong", "the password is wrong");
  }
}

function requireStrong(password: string): void {
  if (isStrongPassword(password)) return;
  throw new GizlabError(
    "password-weak",
    "a password has at least 8 characters of three kinds: upper case, lower case, digits, others",
  );
}

function toUser(row: UserRow): User {
  return {
    uid: row.uid,
    appId: row.app_id,
    isAnonymous: row.username === null && row.phone === null && row.email === null,
    username: row.username,
    phone: row.phone,
    email: row.email,
    name: row.name,
    gender: row.gender,
    birthday: row.birthday,
    address: row.address,
    lang: row.lang,
    remark: row.remark,
  };
}
