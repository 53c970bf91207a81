import { CMD } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { GizlabError } from "../core/errors.js";
import { readDeviceInfo } from "../gagent/device-info.js";
import type { NamedProfile } from "./profiles.js";

/** Which product the MCU on a wire is of, as its device info says (uart.md 2.2). */
export class SeenProduct {
  readonly #products: readonly NamedProfile[];
  readonly #onUnknown: (productKey: string) => void;
  #productKey: string | undefined;
  #product: NamedProfile | undefined;

  /** @param onUnknown is told a product_key that none of `products` has, once each time that it changes to it */
  constructor(products: readonly NamedProfile[], onUnknown: (productKey: string) => void = () => {}) {
    this.#products = products;
    this.#onUnknown = onUnknown;
  }

  /** The product, once the MCU has said which it is, and it is a known one. */
  get product(): NamedProfile | undefined {
    return this.#product;
  }

  /** Looks at a frame of the MCU. One that cannot be read changes nothing. */
  see({ cmd, payload }: Frame): void {
    if (cmd !== CMD.deviceInfo) return;
    try {
      const { productKey: key } = readDeviceInfo(payload);
      if (key === this.#productKey) return;
      this.#productKey = key;
      this.#product = this.#products.find(({ profile }) => profile.productKey === key);
      if (this.#product === undefined) this.#onUnknown(key);
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
    }
  }
}
