export { Lab } from "./lab/lab.js";
export type { DeviceOptions, LabOptions, LabUrls, Listen } from "./lab/lab-options.js";
export { startLab } from "./lab/start-lab.js";
export { VERSION } from "./lab/version.js";
export { VirtualDevice } from "./lab/virtual-device.js";
