// The command line asks the lab, which alone may ask the link.

export { adviseGroup, type DeviceGroup, parseGroups } from "../link/device-group.js";
export { listSerialPorts, type SerialPortEntry } from "../link/serial-ports.js";
