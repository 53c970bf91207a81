export { type DeviceOptions, Lab, type LabOptions, type LabUrls, type Listen, startLab } from "./lab/lab.js";
export { VERSION } from "./lab/version.js";
export { VirtualDevice } from "./lab/virtual-device.js";
