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
  // Datacooee's further organisations, and inputs that are no datapoint of a device (aggregation-apis.md 3).
  `
  CREATE TABLE organizations (
    number INTEGER PRIMARY KEY,
    organization_id TEXT NOT NULL UNIQUE,
    key_digest TEXT NOT NULL
  );
  CREATE TABLE inputs (
    id INTEGER PRIMARY KEY,
    input_id TEXT NOT NULL UNIQUE,
    organization INTEGER NOT NULL,
    name TEXT NOT NULL,
    measure_unit TEXT NOT NULL,
    asset_id INTEGER
  );
  CREATE INDEX inputs_by_asset ON inputs (asset_id) WHERE asset_id IS NOT NULL;
  `,
  // Tokens, device groups and places of the Enterprise API (rest.md 2).
  `
  CREATE TABLE enterprise_tokens (
    digest TEXT PRIMARY KEY,
    product_key TEXT NOT NULL,
    expire_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX enterprise_tokens_by_end ON enterprise_tokens (expire_at);
  CREATE TABLE enterprise_calls (enterprise_id TEXT PRIMARY KEY, since INTEGER NOT NULL, calls INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE device_groups (
    id INTEGER PRIMARY KEY,
    gid TEXT NOT NULL UNIQUE,
    product_key TEXT NOT NULL,
    parent_gid TEXT
  );
  CREATE INDEX device_groups_by_product ON device_groups (product_key);
  CREATE TABLE device_group_macs (
    product_key TEXT NOT NULL,
    mac TEXT NOT NULL,
    gid TEXT NOT NULL,
    PRIMARY KEY (product_key, mac)
  ) WITHOUT ROWID;
  CREATE INDEX device_group_macs_by_group ON device_group_macs (gid, mac);
  CREATE TABLE device_locations (
    device_id INTEGER PRIMARY KEY,
    longitude REAL NOT NULL,
    latitude REAL NOT NULL,
    country TEXT NOT NULL,
    region TEXT NOT NULL,
    city TEXT NOT NULL
  );
  CREATE TABLE device_logins (device_id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
  ALTER TABLE users ADD COLUMN updated_at INTEGER;
  ALTER TABLE tokens ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
  UPDATE tokens SET created_at = expire_at - 15552000000;
  CREATE INDEX tokens_by_creation ON tokens (created_at, app_id, uid);
  `,
  // Devo: tokens, tasks, and what the tasks keep. Chunks of store 0 and of a store in linq_waste wait to be removed.
  `
  CREATE TABLE devo_tokens (
    digest TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    permission TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE linq_tasks (
    id TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    product_key TEXT NOT NULL,
    definition TEXT NOT NULL,
    state TEXT NOT NULL,
    store_id INTEGER NOT NULL,
    chunk_ms INTEGER NOT NULL,
    covered_until INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE linq_chunks (
    id INTEGER PRIMARY KEY,
    store_id INTEGER NOT NULL,
    start INTEGER NOT NULL
  );
  CREATE INDEX linq_chunks_by_start ON linq_chunks (store_id, start);
  CREATE TABLE linq_groups (
    chunk_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    saved TEXT NOT NULL,
    PRIMARY KEY (chunk_id, seq)
  ) WITHOUT ROWID;
  CREATE TABLE linq_late (
    store_id INTEGER NOT NULL,
    start INTEGER NOT NULL,
    PRIMARY KEY (store_id, start)
  ) WITHOUT ROWID;
  CREATE TABLE linq_waste (store_id INTEGER PRIMARY KEY);
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
  // Rows of several kilobytes are found far sooner where the key does not lie among them.
  `
  ALTER TABLE rollup_hours RENAME TO keyed_hours;
  CREATE TABLE rollup_hours (
    device_id INTEGER NOT NULL,
    datapoint_id INTEGER NOT NULL,
    page INTEGER NOT NULL,
    sums BLOB NOT NULL,
    ends BLOB NOT NULL,
    PRIMARY KEY (device_id, datapoint_id, page)
  );
  INSERT INTO rollup_hours SELECT * FROM keyed_hours;
  DROP TABLE keyed_hours;
  `,
];
