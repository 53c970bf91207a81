import { createHmac, timingSafeEqual } from "node:crypto";
import type { Random } from "../../core/random.js";
import type { Settings } from "../store/settings.js";

const SETTING = "signing-key";

/** Signs texts that the cloud gives out and wants to know again, with a key that the data folder keeps. */
export class Signatures {
  readonly #readKey: () => Buffer;

  constructor(settings: Settings, random: Random) {
    // Asked for each time: a restored store may hold another.
    this.#readKey = () =>
      Buffer.from(
        settings.readOrMake(SETTING, () => random.stream(SETTING).hex(32)),
        "hex",
      );
    this.#readKey();
  }

  /** The 32 bytes that mark `text` as the cloud's own; a signature for one purpose is none for another. */
  sign(purpose: string, text: string): Buffer {
    const key = createHmac("sha256", this.#readKey()).update(purpose).digest();
    return createHmac("sha256", key).update(text).digest();
  }

  isSigned(purpose: string, text: string, signature: Uint8Array): boolean {
    const right = this.sign(purpose, text);
    return right.length === signature.length && timingSafeEqual(right, signature);
  }
}
