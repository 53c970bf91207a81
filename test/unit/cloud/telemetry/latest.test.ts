import { describe, expect, it } from "vitest";
import { LOG_KIND } from "../../../../src/cloud/telemetry/log-kind.js";
import { encodeBusinessFrame, M2M } from "../../../../src/codec/m2m.js";
import { packP0 } from "../../../../src/codec/p0.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { parseProfile } from "../../../../src/profile/load.js";
import { wireValues } from "../../../../src/profile/scale.js";
import { BENCH_ATTRS, printProfile } from "../../../support/profile-document.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

const AT = Date.UTC(2026, 5, 1, 12);
const STANDARD = printProfile();
const VAR_LEN = printProfile(undefined, { protocolType: "var_len" });

/** A report from the device, in the product's own protocol: everything, or just what is named. */
function report(store: ReportStore, at: number, attrs: Record<string, unknown>, product = store.product): void {
  const { profile, profileId } = product;
  const p0 = packP0(profile.layout, { kind: "report", values: wireValues(profile, attrs) });
  const payload = encodeBusinessFrame({ cmd: M2M.report, p0 });
  store.telemetry.append({ deviceId: store.device.id, at, kind: LOG_KIND.dev2app, profileId, payload });
}

/** Reads, and thereby folds what has come so far. */
function latest(store: ReportStore) {
  return store.telemetry.latest(store.device.id);
}

describe("the latest values", () => {
  it("are none before the first report, presence and controls notwithstanding", () => {
    const store = openReportStore({ profile: STANDARD });
    store.telemetry.append({
      deviceId: store.device.id,
      at: AT,
      kind: LOG_KIND.devOnline,
      profileId: store.product.profileId,
    });
    expect(latest(store)).toBeUndefined();
  });

  it("are replaced as a whole by a fixed-length report", () => {
    const store = openReportStore({ profile: STANDARD });
    report(store, AT, { power: true, mode: "heat", target: 20, serial: "00ff5501", level: 7.25, alert: true });
    report(store, AT + 1, { level: 1 });
    expect(latest(store)).toEqual({
      updatedAt: AT + 1,
      attrs: { power: false, mode: "auto", target: -13, serial: "00000000", level: 1, alert: false, fault: false },
    });
  });

  it("are changed by a variable-length report only where it names them (cloud.md 8.1)", () => {
    const store = openReportStore({ profile: VAR_LEN });
    report(store, AT, { target: 20, mode: "heat" });
    report(store, AT + 1, { target: 21 });
    expect(latest(store)).toEqual({ updatedAt: AT + 1, attrs: { mode: "heat", target: 21 } });
  });

  it.each(["one fold", "a fold each"])(
    "are not hidden by a late report, which fills in what was missing (%s)",
    (folds) => {
      const store = openReportStore({ profile: VAR_LEN });
      report(store, AT, { target: 20 });
      if (folds === "a fold each") latest(store);
      report(store, AT - 5000, { target: 99, level: 3 });
      expect(latest(store)).toEqual({ updatedAt: AT, attrs: { target: 20, level: 3 } });
      store.telemetry.importReport(store.device, store.product, AT - 9000, { level: 9, power: true });
      expect(latest(store)).toEqual({ updatedAt: AT, attrs: { target: 20, level: 3, power: true } });
    },
  );

  it("are those that came last when two reports have the same time", () => {
    const store = openReportStore({ profile: VAR_LEN });
    for (const target of [20, 30]) report(store, AT, { target });
    expect(latest(store)?.attrs).toEqual({ target: 30 });
    report(store, AT, { target: 25 });
    expect(latest(store)?.attrs).toEqual({ target: 25 });
  });

  it("are the newest of each datapoint, in whatever order reports come and are folded", () => {
    const random = createSeededRandom("latest");
    const store = openReportStore({ profile: VAR_LEN });
    const newest: Record<string, { at: number; value: number }> = {};
    for (let round = 0; round < 500; round += 1) {
      const at = AT + random.integer(0, 100_000);
      const attrs: Record<string, number> = {};
      if (random.integer(0, 1) === 0) attrs.target = random.integer(-13, 187);
      if (random.integer(0, 1) === 0) attrs.level = random.integer(0, 14);
      report(store, at, attrs);
      for (const [name, value] of Object.entries(attrs)) {
        if (!((newest[name]?.at ?? 0) > at)) newest[name] = { at, value };
      }
      if (random.integer(0, 9) === 0) latest(store);
    }
    expect(latest(store)).toEqual({
      updatedAt: Math.max(...Object.values(newest).map(({ at }) => at)),
      attrs: Object.fromEntries(Object.entries(newest).map(([name, { value }]) => [name, value])),
    });
  });

  it("are kept by each device", () => {
    const store = openReportStore({ profile: STANDARD });
    store.telemetry.importReport(store.device, store.product, AT, { target: 20 });
    store.telemetry.importReport({ ...store.device, id: 77 }, store.product, AT, { target: 30 });
    expect(latest(store)?.attrs).toEqual({ target: 20 });
    expect(store.telemetry.latest(77)?.attrs).toEqual({ target: 30 });
  });

  it("survive the end of the store, with the time of each", () => {
    const folder = makeTempFolder();
    const first = openReportStore({ profile: VAR_LEN, folder });
    report(first, AT, { target: 20, serial: "00ff5501", mode: "dry", power: true });
    const known = latest(first);
    first.telemetry.close();
    first.crash();
    const second = openReportStore({ profile: VAR_LEN, folder });
    expect(latest(second)).toEqual(known);
    report(second, AT - 1, { target: 1, level: 2 });
    expect(latest(second)).toEqual({ updatedAt: AT, attrs: { ...known?.attrs, level: 2 } });
  });

  it("go by name when a changed profile moves the datapoints", () => {
    const store = openReportStore({ profile: VAR_LEN });
    report(store, AT, { power: true, target: 20 });
    const { power, mode, target } = BENCH_ATTRS;
    const moved = [{ ...power, name: "extra" }, power, mode, target].map((attr, id) => ({ ...attr, id }));
    const profile = parseProfile(printProfile(moved, { protocolType: "var_len" }), "bench");
    const product = store.products.add("bench", profile);
    report(store, AT + 1, { extra: true, target: 30 }, product);
    expect(latest(store)?.attrs).toEqual({ power: true, target: 30, extra: true });
  });
});
