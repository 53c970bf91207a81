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
