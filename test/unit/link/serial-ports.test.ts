import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { listSerialPorts } from "../../../src/link/serial-ports.js";
import { makeTempFolder } from "../../support/temp-folder.js";

/** A machine's /dev and /sys: `path: content`, or `path: -> target`. */
function makeRoot(tree: Readonly<Record<string, string>>): string {
  const root = makeTempFolder();
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (content.startsWith("-> ")) symlinkSync(join(root, content.slice(3)), join(root, path));
    else writeFileSync(join(root, path), content);
  }
  return root;
}

const list = (root: string, platform: NodeJS.Platform = "linux") =>
  listSerialPorts({ root, platform }).then((entries) =>
    entries.map((entry) => ({ ...entry, path: entry.path.slice(root.length) })),
  );

describe("the list of serial ports", () => {
  it("knows USB adapters from /sys alone, known ones first", async () => {
    const usb = "sys/devices/usb1/1-2";
    const root = makeRoot({
      "dev/ttyUSB10": "",
      "dev/ttyUSB2": "",
      "dev/ttyACM0": "",
      "dev/tty7": "",
      [`${usb}/idVendor`]: "1a86\n",
      [`${usb}/idProduct`]: "7523\n",
      [`${usb}/1-2:1.0/ttyUSB10/port_number`]: "0",
      "sys/class/tty/ttyUSB10/device": `-> ${usb}/1-2:1.0/ttyUSB10`,
      "sys/devices/usb1/1-3/idVendor": "1234\n",
      "sys/devices/usb1/1-3/idProduct": "0001\n",
      "sys/devices/usb1/1-3/serial": "A7\n",
      "sys/devices/usb1/1-3/manufacturer": "Somebody\n",
      "sys/devices/usb1/1-3/1-3:1.0/x": "",
      "sys/class/tty/ttyACM0/device": "-> sys/devices/usb1/1-3/1-3:1.0",
    });
    expect(await list(root)).toEqual([
      {
        path: "/dev/ttyUSB10",
        vendorId: "1a86",
        productId: "7523",
        guess: "CH340 USB serial adapter, as on GoKit boards",
      },
      { path: "/dev/ttyACM0", vendorId: "1234", productId: "0001", serialNumber: "A7", manufacturer: "Somebody" },
      { path: "/dev/ttyUSB2" },
    ]);
  });

  it("takes what it can from /dev/serial/by-id without /sys", async () => {
    const root = makeRoot({
      "dev/ttyUSB0": "",
      "dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0": "-> dev/ttyUSB0",
      "dev/serial/by-id/usb-gone": "-> dev/ttyUSB9",
    });
    expect(await list(root)).toEqual([{ path: "/dev/ttyUSB0", manufacturer: "FTDI", serialNumber: "A50285BI" }]);
  });

  it("leaves out UARTs of the board that are not there", async () => {
    const root = makeRoot({
      "dev/ttyS0": "",
      "dev/ttyS1": "",
      "dev/ttyAMA0": "",
      "sys/class/tty/ttyS0/type": "0\n",
      "sys/class/tty/ttyS1/type": "4\n",
    });
    expect(await list(root)).toEqual([{ path: "/dev/ttyS1" }]);
  });

  it("falls back to /dev/cu.* where serialport cannot list", async () => {
    const root = makeRoot({
      "dev/cu.usbserial-110": "",
      "dev/cu.Bluetooth-Incoming-Port": "",
      "dev/tty.usbserial-110": "",
    });
    const ask = () => Promise.reject(new Error("no native build"));
    const found = await listSerialPorts({ root, platform: "darwin", ask });
    expect(found).toEqual([{ path: join(root, "dev/cu.usbserial-110") }]);
  });

  it("is what the operating system says on macOS and Windows, with a guess and the name that opens at once", async () => {
    const ids = { vendorId: "10C4", productId: "EA60", serialNumber: "0001", manufacturer: "Silicon Labs" };
    const rest = { pnpId: undefined, locationId: undefined };
    const ask = async () => [{ path: "/dev/tty.SLAB_USBtoUART", ...ids, ...rest }];
    expect(await listSerialPorts({ platform: "darwin", ask })).toEqual([
      {
        path: "/dev/cu.SLAB_USBtoUART",
        ...ids,
        vendorId: "10c4",
        productId: "ea60",
        guess: "CP210x USB serial adapter, as on ESP8266 and ESP32 boards",
      },
    ]);
  });

  it("is empty, not an error, on a machine with nothing", async () => {
    expect(await list(makeTempFolder())).toEqual([]);
  });
});
