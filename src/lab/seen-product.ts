import { CMD } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { GizlabError } from "../core/errors.js";
import { readDeviceInfo } from "../gagent/device-info.js";
import type { NamedProfile } from "./profiles.js";

export interface SeenProductOptions {
  /** The product until the MCU has said which it is. */
  readonly assumed?: NamedProfile | undefined;
  /** The MCU is of a known product that is not the one before; called once each time that it changes. */
  readonly onProduct?: ((product: NamedProfile, before: NamedProfile | undefined) => void) | undefined;
  /** The MCU says a product_key that no known product has; called once each time that it changes to it. */
  readonly onUnknown?: ((productKey: string) => void) | undefined;
}

/** Which product the MCU on a wire is of, as its device info says (uart.md 2.2). */
export class SeenProduct {
  readonly #products: readonly NamedProfile[];
  readonly #options: SeenProductOptions;
  #productKey: string | undefined;
  #product: NamedProfile | undefined;

  constructor(products: readonly NamedProfile[], options: SeenProductOptions = {}) {
    this.#products = products;
    this.#options = options;
    this.#product = options.assumed;
    this.#productKey = options.assumed?.profile.productKey;
  }

  /** The product, once the MCU has said which it is, and it is a known one; the assumed one before. */
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
      const before = this.#product;
      this.#product = this.#products.find(({ profile }) => profile.productKey === key);
      if (this.#product === undefined) this.#options.onUnknown?.(key);
      else this.#options.onProduct?.(this.#product, before);
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
    }
  }
}
