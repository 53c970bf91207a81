export { Zone } from "../cloud/telemetry/zone.js";
