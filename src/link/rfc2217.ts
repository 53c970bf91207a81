import type { PortLink, SerialSettings } from "./port.js";
import { encodeSubnegotiation, escapeTelnet, TELNET, TelnetDecoder, type TelnetVerb } from "./telnet.js";

/** Telnet options of RFC 2217, and of RFC 856 and 858 on which it stands. */
const OPTION = { BINARY: 0, SUPPRESS_GO_AHEAD: 3, COM_PORT: 44 } as const;
const SPOKEN: ReadonlySet<number> = new Set(Object.values(OPTION));
/** Commands of the client (RFC 2217 3); an access server answers with the same number and 100. */
const SET = { BAUD: 1, DATA_SIZE: 2, PARITY: 3, STOP_SIZE: 4 } as const;
const SERVER_OFFSET = 100;
const PARITY = { none: 1, odd: 2, even: 3, mark: 4, space: 5 } as const;
const STOP_SIZE = { 1: 1, 2: 2, 1.5: 3 } as const;

/** The client: sets the far port up and is transparent from then on. A server that refuses is used as it is. */
export function askRfc2217(inner: PortLink, settings: SerialSettings): PortLink {
  const { baud, dataBits, parity, stopBits } = settings;
  const telnet = speakTelnet(inner, () => {});
  for (const option of SPOKEN) telnet.offer(option);
  const baudBytes = [24, 16, 8, 0].map((shift) => (baud >>> shift) & 0xff);
  inner.write(encodeSubnegotiation([OPTION.COM_PORT, SET.BAUD, ...baudBytes]));
  inner.write(encodeSubnegotiation([OPTION.COM_PORT, SET.DATA_SIZE, dataBits]));
  inner.write(encodeSubnegotiation([OPTION.COM_PORT, SET.PARITY, PARITY[parity]]));
  inner.write(encodeSubnegotiation([OPTION.COM_PORT, SET.STOP_SIZE, STOP_SIZE[stopBits]]));
  return telnet.link;
}

/** The access server: agrees to every setting, for there is no UART behind it. */
export function answerRfc2217(inner: PortLink): PortLink {
  const telnet = speakTelnet(inner, ([option, command, ...values]) => {
    if (option !== OPTION.COM_PORT || command === undefined || command >= SERVER_OFFSET) return;
    inner.write(encodeSubnegotiation([option, command + SERVER_OFFSET, ...values]));
  });
  return telnet.link;
}

/** A link over Telnet. Each option is agreed to once, whoever asks first; others are refused (RFC 1143 in short). */
function speakTelnet(inner: PortLink, subnegotiation: (bytes: readonly number[]) => void) {
  let receiver: (bytes: Uint8Array) => void = () => {};
  const agreed = new Set<string>();
  const say = (verb: TelnetVerb, option: number): void => {
    const key = `${verb} ${option}`;
    if (agreed.has(key)) return;
    agreed.add(key);
    inner.write(Uint8Array.of(TELNET.IAC, verb, option));
  };
  const decoder = new TelnetDecoder({
    data: (bytes) => receiver(bytes),
    negotiation: (verb, option) => {
      if (verb === TELNET.WILL) say(SPOKEN.has(option) ? TELNET.DO : TELNET.DONT, option);
      if (verb === TELNET.DO) say(SPOKEN.has(option) ? TELNET.WILL : TELNET.WONT, option);
    },
    subnegotiation,
  });
  inner.onPeer(() => {
    agreed.clear();
    decoder.clear();
  });
  const link: PortLink = {
    name: inner.name,
    write: (bytes) => inner.write(escapeTelnet(bytes)),
    onData(next) {
      receiver = next;
      inner.onData((bytes) => decoder.push(bytes));
    },
    onClose: (listener) => inner.onClose(listener),
    onPeer: (listener) => inner.onPeer(listener),
    close: () => inner.close(),
  };
  const offer = (option: number): void => {
    say(TELNET.WILL, option);
    if (option !== OPTION.COM_PORT) say(TELNET.DO, option);
  };
  return { link, offer };
}
