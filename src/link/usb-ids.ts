/** What most boards have between USB and UART, by USB vendor and product id; a product of "" stands for all of the vendor. */
const KNOWN: readonly (readonly [vendorId: string, productId: string, what: string])[] = [
  ["1a86", "7523", "CH340 USB serial adapter, as on GoKit boards"],
  ["1a86", "5523", "CH341 USB serial adapter"],
  ["1a86", "55d4", "CH9102 USB serial adapter, as on newer ESP32 boards"],
  ["1a86", "55d3", "CH343 USB serial adapter"],
  ["1a86", "", "WCH USB serial adapter"],
  ["10c4", "ea60", "CP210x USB serial adapter, as on ESP8266 and ESP32 boards"],
  ["10c4", "", "Silicon Labs USB serial adapter"],
  ["0403", "6001", "FTDI FT232R USB serial adapter"],
  ["0403", "6010", "FTDI FT2232 USB serial adapter, two ports"],
  ["0403", "6015", "FTDI FT231X USB serial adapter"],
  ["0403", "", "FTDI USB serial adapter"],
  ["067b", "", "Prolific PL2303 USB serial adapter"],
  ["0483", "374b", "ST-Link V2-1 VCP, as on Nucleo boards"],
  ["0483", "374e", "ST-Link V3 VCP"],
  ["0483", "5740", "STM32 with its own USB serial port"],
  ["0483", "", "STMicroelectronics USB serial port"],
  ["2341", "0043", "Arduino Uno"],
  ["2341", "0042", "Arduino Mega 2560"],
  ["2341", "", "Arduino"],
  ["2a03", "", "Arduino"],
  ["303a", "", "Espressif chip with its own USB serial port"],
  ["2e8a", "", "Raspberry Pi Pico"],
  ["1366", "", "SEGGER J-Link VCP"],
  ["0d28", "", "DAPLink VCP (CMSIS-DAP)"],
  ["28e9", "", "GigaDevice USB serial port"],
];

/** What is probably plugged in; undefined when the ids say nothing. Ids are four hex digits. */
export function guessUsbDevice(vendorId: string, productId: string): string | undefined {
  const vendor = vendorId.toLowerCase();
  const product = productId.toLowerCase();
  return KNOWN.find(([v, p]) => v === vendor && (p === product || p === ""))?.[2];
}
