import type { DeviceAttributes } from "../../codec/device-attributes.js";
import { suggestNearest } from "../../core/suggestion.js";
import { readInteger } from "../number-option.js";
import { UsageError } from "../output.js";

/** What the MCU says about itself and asks of its module, on the command line (serial-tool.md 2.9, 3.1). */
export interface ParameterArguments {
  readonly "hardware-version"?: string;
  readonly "software-version"?: string;
  readonly "ota-version"?: string;
  readonly "bind-timeout"?: string;
  readonly secret?: string;
  readonly central: boolean;
  readonly gateway: boolean;
  readonly safe: boolean;
  readonly "reset-scope"?: string;
  readonly attributes?: string;
  readonly "module-set"?: string[];
}

export const PARAMETER_OPTIONS = {
  "hardware-version": { type: "string", requiresArg: true, describe: "8 characters" },
  "software-version": { type: "string", requiresArg: true, describe: "8 characters" },
  "ota-version": {
    type: "string",
    requiresArg: true,
    describe: "the software version after an upgrade where nothing on the wire names it; one further without",
  },
  "bind-timeout": { type: "string", requiresArg: true, describe: "seconds; 0 is bindable at any time" },
  secret: { type: "string", requiresArg: true, describe: "product_secret, 32 hex digits" },
  central: { type: "boolean", default: false, describe: "a central-control device" },
  gateway: { type: "boolean", default: false, describe: "a gateway" },
  safe: { type: "boolean", default: false, describe: "encrypted UDP discovery" },
  "reset-scope": { type: "string", requiresArg: true, describe: "what a reset clears: central 0-7, gateway 0-2" },
  attributes: { type: "string", requiresArg: true, describe: "all attribute bits as 16 hex digits instead" },
  "module-set": {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: "key=value of the module's defaults: server, port, tz, apName, … (needs --secret)",
  },
} as const;

/** What is read from them, as device info has it. */
export interface Parameters {
  readonly hardwareVersion?: string;
  readonly softwareVersion?: string;
  readonly bindTimeoutS?: number;
  readonly productSecret?: string;
  readonly attributes: DeviceAttributes | string;
  readonly data?: string;
}

const VERSION_LENGTH = 8;
const MAX_TIMEOUT_S = 0xffff;
const SECRET = /^[0-9a-f]{32}$/i;
const ATTRIBUTES = /^[0-9a-f]{16}$/i;
/** Data that makes a frame of 900 payload bytes at most with the 106 before it (uart.md 1, 2.2). */
const MAX_DATA = 790;

type Check = (value: string) => string | undefined;
const number =
  (min: number, max: number): Check =>
  (value) =>
    /^-?\d+$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `is a whole number, ${min} to ${max}`;
const text =
  (min: number, max: number): Check =>
  (value) =>
    value.length >= min && value.length <= max ? undefined : `has ${min} to ${max} characters`;
/** No seconds, milliseconds or minutes of these go further. */
const ANY_SPAN = number(0, 0xffff_ffff);
/** An SSID has 32 bytes, 4 of which are the end of the mac. */
const AP_NAME_LENGTH = 28;

/** The keys of uart.md 2.2, each with what its value must be. */
const MODULE_KEYS: Readonly<Record<string, Check>> = {
  wechatId: text(1, 64),
  server: text(1, 253),
  port: number(1, 0xffff),
  apName: text(1, AP_NAME_LENGTH),
  apName0: text(1, 32),
  apPwd: (value) => (value === "" ? undefined : text(8, 63)(value)),
  m2mKeepAL: ANY_SPAN,
  m2mHT: ANY_SPAN,
  tz: number(-50_400, 50_400),
  LocalHT: ANY_SPAN,
  LocalAckT: ANY_SPAN,
  nwcName: text(1, 64),
  cfgMode: number(1, 2),
  tScanNum: number(0, 255),
  tCon: number(0, 1),
};

/** Reads them. Throws `usage` with the option, what it takes and what was given. */
export function readParameters(args: ParameterArguments): Parameters {
  const hardware = readVersion("hardware-version", args["hardware-version"]);
  const software = readVersion("software-version", args["software-version"]);
  const { secret } = args;
  if (secret !== undefined && !SECRET.test(secret)) {
    throw new UsageError(`--secret is 32 hex digits, the product_secret, not "${secret}"`);
  }
  const data = readModuleSettings(args["module-set"] ?? []);
  if (data !== undefined && secret === undefined) {
    throw new UsageError("--module-set needs --secret: its string stands behind the product_secret (uart.md 2.2)");
  }
  return {
    attributes: readAttributes(args),
    ...(hardware === undefined ? {} : { hardwareVersion: hardware }),
    ...(software === undefined ? {} : { softwareVersion: software }),
    bindTimeoutS: readInteger("bind-timeout", args["bind-timeout"], 0, 0, MAX_TIMEOUT_S),
    ...(secret === undefined ? {} : { productSecret: secret.toLowerCase() }),
    ...(data === undefined ? {} : { data }),
  };
}

/** The version of `--ota-version`. Throws `usage`. */
export function readOtaVersion(args: ParameterArguments): string | undefined {
  return readVersion("ota-version", args["ota-version"]);
}

function readVersion(name: string, value: string | undefined): string | undefined {
  if (value === undefined || (value.length === VERSION_LENGTH && isPlainAscii(value))) return value;
  throw new UsageError(`--${name} has ${VERSION_LENGTH} characters, such as 03030000, not "${value}"`);
}

function readAttributes(args: ParameterArguments): DeviceAttributes | string {
  const { attributes, central, gateway, safe } = args;
  const scope = args["reset-scope"];
  if (attributes !== undefined) {
    if (!ATTRIBUTES.test(attributes)) throw new UsageError(`--attributes is 16 hex digits, not "${attributes}"`);
    if (central || gateway || safe || scope !== undefined) {
      throw new UsageError("--attributes says all bits; leave out --central, --gateway, --safe and --reset-scope");
    }
    return attributes;
  }
  if (central && gateway) throw new UsageError("a device is --central or --gateway, not both");
  if (scope !== undefined && !central && !gateway)
    throw new UsageError("--reset-scope goes with --central or --gateway");
  return {
    isGenerated: true,
    isCentral: central,
    isGateway: gateway,
    isSafe: safe,
    resetScope: readInteger("reset-scope", scope, 0, 0, central ? 7 : 2),
  };
}

function readModuleSettings(settings: readonly string[]): string | undefined {
  if (settings.length === 0) return undefined;
  const keys = new Set<string>();
  for (const setting of settings) {
    const at = setting.indexOf("=");
    const [key, value] = [setting.slice(0, Math.max(at, 0)), setting.slice(at + 1)];
    if (at < 1) throw new UsageError(`--module-set takes key=value, not "${setting}"`);
    const check = MODULE_KEYS[key];
    if (check === undefined) {
      const nearest = suggestNearest(key, Object.keys(MODULE_KEYS));
      const hint = nearest === undefined ? `known: ${Object.keys(MODULE_KEYS).join(", ")}` : `did you mean ${nearest}?`;
      throw new UsageError(`a module has no parameter ${key}`, hint);
    }
    const wrong = isPlainAscii(value) && !value.includes("&") ? check(value) : "is plain ASCII without &";
    if (wrong !== undefined) throw new UsageError(`--module-set ${key} ${wrong}, not "${value}"`);
    if (keys.has(key)) throw new UsageError(`--module-set ${key} is given twice`);
    keys.add(key);
  }
  const data = settings.join("&");
  if (data.length <= MAX_DATA) return data;
  throw new UsageError(`--module-set makes ${data.length} characters; ${MAX_DATA} at most fit a frame`);
}

function isPlainAscii(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}
