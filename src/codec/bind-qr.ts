/** What apps read in the QR code of a device: they look for these three and cut at `&` (cloud.md 1). */
export function formatBindQr(device: {
  readonly productKey: string;
  readonly did: string;
  readonly passcode: string;
}): string {
  return `product_key=${device.productKey}&did=${device.did}&passcode=${device.passcode}`;
}

/**
 * What a device's label says before it has a did. The vendor's generator encrypts the same two values with a cipher
 * that is not public (cloud.md 1), so the vendor's apps do not take this form.
 */
export function formatMacQr(device: { readonly productKey: string; readonly mac: string }): string {
  return `product_key=${device.productKey}&mac=${device.mac}`;
}
