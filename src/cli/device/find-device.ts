import { GizlabError } from "../../core/errors.js";
import { suggestNearest } from "../../core/suggestion.js";
import type { RemoteDevice, RemoteState } from "../../lab/remote-lab.js";

/** The start of a did that names a device is at least so long. */
const LEAST_PREFIX = 3;
const MOST_LISTED = 5;

/**
 * The device that a word means: a did, a product of which there is one device, or the beginning of a did. Throws
 * `device-unknown`, and `device-ambiguous` where several devices fit.
 */
export function findDevice({ devices, products }: RemoteState, word: string): RemoteDevice {
  const exact = devices.find(({ did }) => did === word);
  if (exact !== undefined) return exact;
  const ofProduct = devices.filter(({ product }) => product === word);
  if (ofProduct.length > 0) return requireOne(ofProduct, `${ofProduct.length} devices are a ${word}`);
  const begun = word.length < LEAST_PREFIX ? [] : devices.filter(({ did }) => did.startsWith(word));
  if (begun.length > 0) return requireOne(begun, `${begun.length} dids begin with ${word}`);
  throw describeUnknown({ devices, products }, word);
}

function requireOne(found: readonly RemoteDevice[], message: string): RemoteDevice {
  const [device, ...more] = found;
  if (device !== undefined && more.length === 0) return device;
  const listed = found.slice(0, MOST_LISTED).map(({ did }) => did);
  const rest = found.length > MOST_LISTED ? ", … (gizlab devices lists them all)" : "";
  throw new GizlabError("device-ambiguous", message, { hint: `name one by its did: ${listed.join(", ")}${rest}` });
}

function describeUnknown({ devices, products }: Pick<RemoteState, "devices" | "products">, word: string): GizlabError {
  if (products.some(({ name }) => name === word)) {
    return new GizlabError("device-unknown", `there is no ${word} yet`, { hint: `bring one: gizlab sim ${word}` });
  }
  if (devices.length === 0) {
    return new GizlabError("device-unknown", `there is no device ${word}: the lab has none at all`, {
      hint: "bring one: gizlab sim pet-house",
    });
  }
  const names = new Set(devices.flatMap(({ did, product }) => [did, product ?? did]));
  const nearest = suggestNearest(word, names);
  return new GizlabError("device-unknown", `there is no device ${word}`, {
    hint: nearest === undefined ? "gizlab devices lists them" : `did you mean ${nearest}?`,
  });
}
