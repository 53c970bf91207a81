// The command line asks the lab, which alone may ask the link.
export { listSerialPorts, type SerialPortEntry } from "../link/serial-ports.js";
