import { GizlabError } from "../core/errors.js";
import type { ModuleIdentity } from "./identity.js";
import { disable, type HttpCall, register } from "./provisioning.js";

/** What a module remembers of itself, as plain JSON. */
export interface RegistrationState {
  readonly identity: ModuleIdentity;
  readonly givenUp: ModuleIdentity | undefined;
}

/** Who a module is to the cloud: mac, passcode and did, and how it gets a new one (uart.md 2.2, 2.5, cloud.md 2.1). */
export class Registration {
  readonly #http: HttpCall;
  readonly #makePasscode: () => string;
  #identity: ModuleIdentity;
  /** An identity that was given up, until the cloud has been told. */
  #givenUp: ModuleIdentity | undefined;

  constructor(http: HttpCall, identity: ModuleIdentity, makePasscode: () => string) {
    this.#http = http;
    this.#identity = identity;
    this.#makePasscode = makePasscode;
  }

  get identity(): ModuleIdentity {
    return this.#identity;
  }

  /** True when the module already has a did for this product. */
  hasDid(productKey: string): boolean {
    return this.#identity.did !== undefined && this.#identity.productKey === productKey;
  }

  /**
   * Asks the cloud for a did. What went wrong with giving an old one up is returned, since the module is registered
   * nevertheless. Throws `cloud-refused`.
   */
  async register(productKey: string): Promise<unknown> {
    // Another product makes another device of the module (uart.md 2.2).
    if (this.#identity.productKey !== undefined && this.#identity.productKey !== productKey) this.forgetDid();
    const identity = this.#identity;
    const did = await register(this.#http, identity, productKey);
    if (identity !== this.#identity) throw new GizlabError("cloud-refused", "the module was reset while it registered");
    this.#identity = { ...identity, did, productKey };
    const { did: oldDid, passcode } = this.#givenUp ?? {};
    this.#givenUp = undefined;
    try {
      if (oldDid !== undefined && passcode !== undefined) await disable(this.#http, oldDid, passcode);
      return undefined;
    } catch (error) {
      // Registered is registered: the cloud gives an old device of the same mac up by itself.
      return error;
    }
  }

  /** A new passcode, and with it a new did at the next registration (uart.md 2.5). */
  forgetDid(): void {
    if (this.#identity.did !== undefined) this.#givenUp = this.#identity;
    this.#identity = { mac: this.#identity.mac, passcode: this.#makePasscode() };
  }

  save(): RegistrationState {
    return { identity: this.#identity, givenUp: this.#givenUp };
  }

  load({ identity, givenUp }: RegistrationState): void {
    this.#identity = identity;
    this.#givenUp = givenUp;
  }
}
