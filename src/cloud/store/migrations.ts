/**
 * The schema, step by step; `user_version` of the file counts the steps already taken. A step that has
 * shipped is never changed, a new one is added behind it.
 *
 * `journal` takes acknowledged messages in arrival order, a row a commit; folding moves them into `log` (a row for
 * some messages of one device in one quarter-hour), `rollups` and `latest` in one transaction, so that a crash loses
 * and doubles nothing. Both hold entries in the form of telemetry/entry-codec.ts.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE products (
    product_key TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    sharing INTEGER NOT NULL DEFAULT 0,
    aggregation INTEGER NOT NULL DEFAULT 1
  ) WITHOUT ROWID;
  CREATE TABLE profiles (
    id INTEGER PRIMARY KEY,
    product_key TEXT NOT NULL,
    document TEXT NOT NULL
  );
  CREATE TABLE datapoints (
    id INTEGER PRIMARY KEY,
    product_key TEXT NOT NULL,
    name TEXT NOT NULL,
    ratio REAL NOT NULL,
    addition REAL NOT NULL,
    UNIQUE (product_key, name, ratio, addition)
  );

  CREATE TABLE devices (
    id INTEGER PRIMARY KEY,
    did TEXT NOT NULL UNIQUE,
    product_key TEXT NOT NULL,
    mac TEXT NOT NULL,
    passcode TEXT NOT NULL,
    is_disabled INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  );
  CREATE INDEX devices_by_mac ON devices (product_key, mac, is_disabled);

  CREATE TABLE apps (app_id TEXT PRIMARY KEY, secret TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE users (
    uid TEXT PRIMARY KEY,
    app_id TEXT NOT NULL,
    phone_id TEXT,
    username TEXT,
    password_hash TEXT,
    phone TEXT,
    email TEXT,
    name TEXT,
    gender TEXT NOT NULL DEFAULT 'N',
    birthday TEXT,
    address TEXT,
    lang TEXT NOT NULL DEFAULT 'en',
    remark TEXT,
    created_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX users_by_phone_id ON users (app_id, phone_id) WHERE phone_id IS NOT NULL;
  CREATE UNIQUE INDEX users_by_username ON users (app_id, username) WHERE username IS NOT NULL;
  CREATE TABLE tokens (
    token TEXT PRIMARY KEY,
    uid TEXT NOT NULL,
    app_id TEXT NOT NULL,
    expire_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE bindings (
    uid TEXT NOT NULL,
    device_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    remark TEXT NOT NULL DEFAULT '',
    dev_alias TEXT NOT NULL DEFAULT '',
    dev_label TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL,
    PRIMARY KEY (uid, device_id)
  ) WITHOUT ROWID;
  CREATE INDEX bindings_by_device ON bindings (device_id, created_at);

  CREATE TABLE journal (seq INTEGER PRIMARY KEY, entries BLOB NOT NULL);
  CREATE TABLE log (
    device_id INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    entries BLOB NOT NULL,
    PRIMARY KEY (device_id, bucket, seq)
  ) WITHOUT ROWID;
  CREATE TABLE rollups (
    device_id INTEGER NOT NULL,
    datapoint_id INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum REAL NOT NULL,
    min REAL NOT NULL,
    max REAL NOT NULL,
    first_t INTEGER NOT NULL,
    first_v REAL NOT NULL,
    last_t INTEGER NOT NULL,
    last_v REAL NOT NULL,
    delta REAL NOT NULL,
    PRIMARY KEY (device_id, datapoint_id, bucket)
  ) WITHOUT ROWID;
  CREATE TABLE latest (
    device_id INTEGER PRIMARY KEY,
    updated_at INTEGER NOT NULL,
    attrs TEXT NOT NULL
  );
  `,
  `
  CREATE TABLE device_versions (
    device_id INTEGER NOT NULL,
    type INTEGER NOT NULL,
    hard_version TEXT NOT NULL,
    soft_version TEXT NOT NULL,
    PRIMARY KEY (device_id, type)
  ) WITHOUT ROWID;
  CREATE TABLE firmwares (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL,
    product_key TEXT NOT NULL,
    type INTEGER NOT NULL,
    hard_version TEXT NOT NULL,
    soft_version TEXT NOT NULL,
    md5 TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    file BLOB NOT NULL,
    UNIQUE (device_id, type)
  );
  CREATE INDEX firmwares_by_product ON firmwares (product_key, type, soft_version);
  `,
  // Rows from before have no integral: their quarter-hours are read from the log.
  `
  ALTER TABLE rollups ADD COLUMN integral REAL;
  `,
  // Pages of 96 hours (telemetry/hour-table.ts); what is there already is computed when it is first asked for.
  `
  CREATE TABLE rollup_hours (
    device_id INTEGER NOT NULL,
    datapoint_id INTEGER NOT NULL,
    page INTEGER NOT NULL,
    sums BLOB NOT NULL,
    ends BLOB NOT NULL,
    PRIMARY KEY (device_id, datapoint_id, page)
  ) WITHOUT ROWID;
  CREATE TABLE stale_hours (
    device_id INTEGER NOT NULL,
    datapoint_id INTEGER NOT NULL,
    page INTEGER NOT NULL,
    PRIMARY KEY (device_id, datapoint_id, page)
  ) WITHOUT ROWID;
  INSERT INTO stale_hours SELECT DISTINCT device_id, datapoint_id, bucket - (bucket % 345600000 + 345600000) % 345600000
  FROM rollups;
  `,
];
