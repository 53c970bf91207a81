/** The bits of command 0D (uart.md 2.3). */
export interface WifiStatus {
  readonly softAp: boolean;
  readonly station: boolean;
  readonly onboarding: boolean;
  readonly binding: boolean;
  readonly router: boolean;
  readonly cloud: boolean;
  /** 0..7, meaningful with `router` only. */
  readonly rssi: number;
  readonly app: boolean;
  readonly productionTest: boolean;
}

/** Everything off. */
export const WIFI_OFF: WifiStatus = {
  softAp: false,
  station: false,
  onboarding: false,
  binding: false,
  router: false,
  cloud: false,
  rssi: 0,
  app: false,
  productionTest: false,
};

const BITS = {
  softAp: 0,
  station: 1,
  onboarding: 2,
  binding: 3,
  router: 4,
  cloud: 5,
  app: 11,
  productionTest: 12,
} as const;
const RSSI_SHIFT = 8;

/** The 16-bit value of a status. */
export function packWifiStatus(status: WifiStatus): number {
  let bits = (status.rssi & 7) << RSSI_SHIFT;
  for (const [name, bit] of Object.entries(BITS) as [keyof typeof BITS, number][]) if (status[name]) bits |= 1 << bit;
  return bits;
}

/** The status of a 16-bit value; reserved bits are ignored. */
export function unpackWifiStatus(bits: number): WifiStatus {
  const flag = (bit: number): boolean => ((bits >> bit) & 1) === 1;
  return {
    softAp: flag(BITS.softAp),
    station: flag(BITS.station),
    onboarding: flag(BITS.onboarding),
    binding: flag(BITS.binding),
    router: flag(BITS.router),
    cloud: flag(BITS.cloud),
    rssi: (bits >> RSSI_SHIFT) & 7,
    app: flag(BITS.app),
    productionTest: flag(BITS.productionTest),
  };
}

/** The names of the bits that are set, such as `station router rssi=7`. */
export function describeWifiStatus(bits: number): string {
  const status = unpackWifiStatus(bits);
  const names = (Object.keys(BITS) as (keyof typeof BITS)[]).filter((name) => status[name]) as string[];
  if (status.router) names.push(`rssi=${status.rssi}`);
  return names.join(" ") || "off";
}

/** One bit, or the three of the signal level, in words. */
export interface WifiBit {
  /** As uart.md 2.3 numbers them: `4`, `8-10`. */
  readonly bits: string;
  readonly meaning: string;
  readonly value: boolean | number;
}

const MEANINGS: Readonly<Record<keyof typeof BITS, string>> = {
  softAp: "SoftAP mode",
  station: "station mode",
  onboarding: "onboarding (configuration mode)",
  binding: "binding enabled",
  router: "connected to the router",
  cloud: "connected to the cloud",
  app: "an app is online",
  productionTest: "production-test mode",
};
const RESERVED = 0xffff & ~packWifiStatus({ ...WIFI_OFF, ...allOn(), rssi: 7 });

function allOn(): Partial<WifiStatus> {
  return Object.fromEntries(Object.keys(BITS).map((name) => [name, true]));
}

/** Every bit with its meaning, low bits first. */
export function listWifiBits(bits: number): WifiBit[] {
  const status = unpackWifiStatus(bits);
  const names = Object.keys(BITS) as (keyof typeof BITS)[];
  const flags = names.map((name) => ({
    at: BITS[name],
    bits: `${BITS[name]}`,
    meaning: MEANINGS[name],
    value: status[name],
  }));
  const level = { at: RSSI_SHIFT, bits: "8-10", meaning: "signal level, 0 to 7", value: status.rssi };
  return [...flags, level].sort((a, b) => a.at - b.at).map(({ at: _, ...bit }) => bit);
}

/** Bits that are set and mean nothing yet (uart.md 2.3: 6, 7 and 13 to 15). */
export function reservedWifiBits(bits: number): number {
  return bits & RESERVED;
}
