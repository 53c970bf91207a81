/** Telnet in the few words that RFC 2217 needs: https://www.rfc-editor.org/rfc/rfc854 */
export const TELNET = { SE: 240, SB: 250, WILL: 251, WONT: 252, DO: 253, DONT: 254, IAC: 255 } as const;

export type TelnetVerb = typeof TELNET.WILL | typeof TELNET.WONT | typeof TELNET.DO | typeof TELNET.DONT;

export interface TelnetListener {
  readonly data: (bytes: Uint8Array) => void;
  readonly negotiation: (verb: TelnetVerb, option: number) => void;
  /** What stood between SB and SE, the option first. */
  readonly subnegotiation: (bytes: readonly number[]) => void;
}

type State = "data" | "iac" | "verb" | "sub" | "sub-iac";
/** No subnegotiation that is spoken here is longer; the rest of a longer one is dropped. */
const SUB_LIMIT = 256;

/** Bytes for the line: each 0xFF twice. */
export function escapeTelnet(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(TELNET.IAC)) return bytes;
  return Uint8Array.from([...bytes].flatMap((byte) => (byte === TELNET.IAC ? [byte, byte] : [byte])));
}

export function encodeSubnegotiation(bytes: readonly number[]): Uint8Array {
  const body = escapeTelnet(Uint8Array.from(bytes));
  return Uint8Array.from([TELNET.IAC, TELNET.SB, ...body, TELNET.IAC, TELNET.SE]);
}

/**
 * Takes data and commands apart, however the bytes are cut.
 *
 *   data --IAC--> iac --IAC--> data (one 0xFF)
 *                  | --WILL, WONT, DO, DONT--> verb --option--> data
 *                  | --SB--> sub --IAC--> sub-iac --SE--> data
 *                  |           ^--other, IAC--'
 *                  ' --other--> data
 */
export class TelnetDecoder {
  readonly #listener: TelnetListener;
  #state: State = "data";
  #verb: TelnetVerb = TELNET.WILL;
  #sub: number[] = [];

  constructor(listener: TelnetListener) {
    this.#listener = listener;
  }

  push(bytes: Uint8Array): void {
    if (this.#state === "data" && !bytes.includes(TELNET.IAC)) return this.#listener.data(bytes);
    let data: number[] = [];
    const flush = (): void => {
      if (data.length > 0) this.#listener.data(Uint8Array.from(data));
      data = [];
    };
    for (const byte of bytes) {
      switch (this.#state) {
        case "data":
          if (byte === TELNET.IAC) this.#state = "iac";
          else data.push(byte);
          break;
        case "iac":
          if (byte === TELNET.IAC) data.push(byte);
          this.#state = this.#afterIac(byte);
          break;
        case "verb":
          flush();
          this.#state = "data";
          this.#listener.negotiation(this.#verb, byte);
          break;
        case "sub":
          if (byte === TELNET.IAC) this.#state = "sub-iac";
          else this.#keep(byte);
          break;
        case "sub-iac":
          this.#state = byte === TELNET.SE ? "data" : "sub";
          if (byte === TELNET.IAC) this.#keep(byte);
          if (byte !== TELNET.SE) break;
          flush();
          this.#listener.subnegotiation(this.#sub);
      }
    }
    flush();
  }

  /** Forgets half a command, as when another peer has come. */
  clear(): void {
    this.#state = "data";
  }

  #afterIac(byte: number): State {
    if (byte === TELNET.SB) {
      this.#sub = [];
      return "sub";
    }
    if (byte < TELNET.WILL || byte === TELNET.IAC) return "data";
    this.#verb = byte as TelnetVerb;
    return "verb";
  }

  #keep(byte: number): void {
    if (this.#sub.length < SUB_LIMIT) this.#sub.push(byte);
  }
}
