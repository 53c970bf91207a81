import { realpathSync } from "node:fs";
import { GizlabError } from "../core/errors.js";
import { type IoTimer, ioNow, startIoTimer } from "../core/io-timer.js";
import { openPort } from "./open-port.js";
import { DEFAULT_SERIAL_SETTINGS, type PortLink, type SerialSettings } from "./port.js";
import { parsePortSpec } from "./port-spec.js";
import { listSerialPorts, type SerialPortEntry } from "./serial-ports.js";

/** A link that outlives its port. What is written while the port is away is lost, as on a pulled cable. */
export interface ReconnectingLink extends PortLink {
  readonly isOpen: boolean;
  /**
   * Tells at once whether bytes get through, and each time that changes; a receiver forgets half a frame then. `why` is the
   * failure when the port could not be opened again, or a program has ended, told once until it has been open for a while.
   */
  onState(listener: (isOpen: boolean, why?: GizlabError) => void): void;
}

export interface ReconnectingOptions {
  readonly settings?: SerialSettings;
  readonly open?: typeof openPort;
  readonly listPorts?: typeof listSerialPorts;
}

const FIRST_RETRY_MS = 250;
/** A session goes on within 2 s of its port's return, so the last wait is shorter than that. */
const LAST_RETRY_MS = 1000;
const RETRY_GROWTH = 1.25;
/** A port that closes sooner, such as a command that fails, is not opened again at once. */
const STEADY_MS = 2000;
/** A command that ends soon again and again is started more and more rarely: its end is of its own making. */
const PROGRAM_GROWTH = 2;
const LAST_PROGRAM_RETRY_MS = 15_000;

/**
 *   open --port closed--> waiting --time--> opening --opened--> open
 *                            ^-----failed, a bit later---'
 *   any --close()--> closed
 */
type State =
  | { readonly kind: "open"; readonly port: PortLink; readonly since: number }
  | { readonly kind: "waiting"; readonly timer: IoTimer }
  | { readonly kind: "opening" }
  | { readonly kind: "closed" };

/** Opens a port, and again whenever it vanishes. Rejects as `openPort` does if it is not there to begin with. */
export async function openReconnecting(text: string, options: ReconnectingOptions = {}): Promise<ReconnectingLink> {
  const { open = openPort, settings = DEFAULT_SERIAL_SETTINGS } = options;
  return new Reconnecting(text, options, await open(text, settings));
}

class Reconnecting implements ReconnectingLink {
  readonly name: string;
  readonly #options: Required<ReconnectingOptions>;
  readonly #stateListeners: ((isOpen: boolean, why?: GizlabError) => void)[] = [];
  readonly #closeListeners: (() => void)[] = [];
  #receiver: ((bytes: Uint8Array) => void) | undefined;
  #state: State = { kind: "opening" };
  #isOpen = false;
  #retryMs = FIRST_RETRY_MS;
  #lastFailure: string | undefined;
  #path: string | undefined;
  readonly #isProgram: boolean;
  /** The adapter that was opened, to find it again under another path, and which of its ports. */
  #adapter: { readonly entry: SerialPortEntry; readonly nth: number } | undefined;
  /** What to open next time: `tcp-listen:0` becomes the number that it got. */
  #text: string;

  constructor(text: string, options: ReconnectingOptions, first: PortLink) {
    this.#options = {
      settings: DEFAULT_SERIAL_SETTINGS,
      open: openPort,
      listPorts: listSerialPorts,
      ...options,
    };
    const spec = parsePortSpec(text);
    this.#isProgram = spec.kind === "exec";
    this.#text = spec.kind.endsWith("-listen") ? first.name : spec.kind === "serial" ? spec.path : text;
    this.name = first.name;
    this.#take(first, this.#text);
  }

  get path(): string | undefined {
    return this.#path;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  write(bytes: Uint8Array): void {
    if (this.#state.kind === "open") this.#state.port.write(bytes);
  }

  onData(receiver: (bytes: Uint8Array) => void): void {
    this.#receiver = receiver;
    if (this.#state.kind === "open") this.#state.port.onData(receiver);
  }

  onState(listener: (isOpen: boolean, why?: GizlabError) => void): void {
    this.#stateListeners.push(listener);
    listener(this.#isOpen);
  }

  onPeer(listener: (isThere: boolean) => void): void {
    this.onState((isOpen) => listener(isOpen));
  }

  onClose(listener: () => void): void {
    if (this.#state.kind === "closed") listener();
    else this.#closeListeners.push(listener);
  }

  close(): void {
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed" };
    if (state.kind === "waiting") state.timer.cancel();
    if (state.kind === "open") state.port.close();
    this.#tell(false);
    for (const listener of this.#closeListeners.splice(0)) listener();
  }

  #take(port: PortLink, text: string): void {
    this.#state = { kind: "open", port, since: ioNow() };
    // A program that starts is no sign that it will not end as before.
    if (port.ended === undefined) this.#lastFailure = undefined;
    this.#path = port.path;
    // Before anything is told: a listener may write, and its answer needs a receiver.
    if (this.#receiver !== undefined) port.onData(this.#receiver);
    port.onPeer((isThere) => {
      if (this.#state.kind === "open" && this.#state.port === port) this.#tell(isThere);
    });
    port.onClose(() => this.#lost(port));
    void this.#remember(text);
  }

  #lost(port: PortLink): void {
    if (this.#state.kind !== "open" || this.#state.port !== port) return;
    if (ioNow() - this.#state.since > STEADY_MS) {
      this.#retryMs = FIRST_RETRY_MS;
      this.#lastFailure = undefined;
    }
    this.#retry();
    this.#tell(false);
    void port.ended?.then((why) => {
      if (this.#state.kind !== "closed") this.#tellFailure(why);
    });
  }

  #retry(): void {
    const delayMs = this.#retryMs;
    this.#retryMs = this.#isProgram
      ? Math.min(delayMs * PROGRAM_GROWTH, LAST_PROGRAM_RETRY_MS)
      : Math.min(delayMs * RETRY_GROWTH, LAST_RETRY_MS);
    const timer = startIoTimer(delayMs, () => void this.#reopen(), { keepAlive: true });
    this.#state = { kind: "waiting", timer };
  }

  async #reopen(): Promise<void> {
    this.#state = { kind: "opening" };
    const { open, settings } = this.#options;
    let text = this.#text;
    const outcome = await this.#whereNow()
      .then((now) => {
        text = now;
        return open(now, settings);
      })
      .catch((error: unknown) => asFailure(error));
    // Closed while it opened.
    if ((this.#state as State).kind === "closed") {
      if (!(outcome instanceof GizlabError)) outcome.close();
      return;
    }
    if (!(outcome instanceof GizlabError)) return this.#take(outcome, text);
    this.#retry();
    this.#tellFailure(outcome);
  }

  #tellFailure(why: GizlabError): void {
    if (why.code === this.#lastFailure) return;
    this.#lastFailure = why.code;
    for (const listener of [...this.#stateListeners]) listener(this.#isOpen, why);
  }

  /** Looks the adapter up by its ids: after a new plug `ttyUSB0` may be `ttyUSB1`, and somebody else `ttyUSB0`. */
  async #whereNow(): Promise<string> {
    const adapter = this.#adapter;
    if (adapter === undefined) return this.#text;
    const entries = await this.#options.listPorts();
    const again = entries.filter((entry) => isSameAdapter(entry, adapter.entry))[adapter.nth];
    if (again !== undefined) return again.path;
    // Without ids nobody can tell; with others it is another board.
    if (entries.some(({ path, vendorId }) => path === resolvePath(this.#text) && vendorId !== undefined)) {
      throw new GizlabError("port-missing", `the adapter that was ${this.name} is not there; another one has its name`);
    }
    return this.#text;
  }

  async #remember(text: string): Promise<void> {
    if (parsePortSpec(text).kind !== "serial") return;
    const path = resolvePath(text);
    const entries = await this.#options.listPorts();
    const entry = entries.find((one) => one.path === text || one.path === path);
    if (entry?.vendorId === undefined || entry.serialNumber === undefined) return;
    // An adapter with several ports has one serial number.
    const nth = entries.filter((one) => isSameAdapter(one, entry)).indexOf(entry);
    this.#adapter = { entry, nth };
  }

  #tell(isOpen: boolean): void {
    if (this.#isOpen === isOpen) return;
    this.#isOpen = isOpen;
    for (const listener of [...this.#stateListeners]) listener(isOpen);
  }
}

function isSameAdapter(a: SerialPortEntry, b: SerialPortEntry): boolean {
  return a.vendorId === b.vendorId && a.productId === b.productId && a.serialNumber === b.serialNumber;
}

/** The port that a link such as /dev/serial/by-id/… leads to. */
function resolvePath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function asFailure(error: unknown): GizlabError {
  if (error instanceof GizlabError) return error;
  return new GizlabError("port-failed", error instanceof Error ? error.message : String(error), { cause: error });
}
