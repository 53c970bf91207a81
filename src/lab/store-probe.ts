export { probeStore, readSqliteVersion, type StoreState } from "../cloud/store/store-probe.js";
