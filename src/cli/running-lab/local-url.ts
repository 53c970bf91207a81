import { hostname, networkInterfaces } from "node:os";

/** Whether a URL leads to this machine: by a loopback address, an address of its interfaces, or its name. */
export function isOfThisMachine(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost") || host === hostname().toLowerCase()) return true;
  if (/^127(\.\d{1,3}){3}$/.test(host)) return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address.toLowerCase() === host),
  );
}
