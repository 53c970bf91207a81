import { BlockList, isIP } from "node:net";
import { GizlabError } from "../../core/errors.js";
import type { Settings } from "../store/settings.js";

/** What may be set for the Enterprise API of a cloud. */
export interface EnterpriseLimits {
  /** Addresses and subnets that may call, such as `10.0.0.0/8`; empty lets everybody in (interfaces.md 5). */
  readonly whiteList: readonly string[];
  /** Calls an hour. */
  readonly quota: number;
  /** Whether `agg_data` answers for the last month only (rest.md 3.1). */
  readonly monthLimit: boolean;
}

const SETTING = "enterprise";
/** Calls an hour (rest.md 2.1). */
const DEFAULTS: EnterpriseLimits = { whiteList: [], quota: 3600, monthLimit: false };

/** The limits of the Enterprise API, kept in the store. */
export class EnterpriseSettings {
  readonly #settings: Settings;
  /** The list as it was read last, and what became of it. */
  #known: { readonly text: string; readonly list: BlockList } | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get limits(): EnterpriseLimits {
    const stored = this.#settings.read(SETTING);
    return stored === undefined ? DEFAULTS : { ...DEFAULTS, ...(JSON.parse(stored) as Partial<EnterpriseLimits>) };
  }

  /** Changes some limits and returns all. Throws `white-list-invalid`. */
  change(limits: Partial<EnterpriseLimits>): EnterpriseLimits {
    const next = { ...this.limits, ...limits };
    parseWhiteList(next.whiteList);
    this.#settings.write(SETTING, JSON.stringify(next));
    return next;
  }

  /** Whether an address may call (rest.md 2.1). */
  admits(address: string): boolean {
    const { whiteList } = this.limits;
    if (whiteList.length === 0) return true;
    const family = isIP(address);
    return family !== 0 && this.#parsed(whiteList).check(address, family === 6 ? "ipv6" : "ipv4");
  }

  #parsed(whiteList: readonly string[]): BlockList {
    const text = whiteList.join(" ");
    if (this.#known?.text !== text) this.#known = { text, list: parseWhiteList(whiteList) };
    return this.#known.list;
  }
}

function parseWhiteList(whiteList: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of whiteList) {
    const [, address = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const family = isIP(address);
    const bits = family === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : Number(prefix);
    if (family === 0 || length > bits) {
      throw new GizlabError("white-list-invalid", `"${entry}" is no address and no subnet`, {
        hint: "write 192.168.1.7, 10.0.0.0/8 or fd00::/8",
      });
    }
    list.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
