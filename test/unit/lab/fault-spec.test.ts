import { describe, expect, it } from "vitest";
import { GizlabError } from "../../../src/core/errors.js";
import { FAULT_KINDS, type FaultKind } from "../../../src/lab/faults/fault-kinds.js";
import { type FaultSpec, readFault } from "../../../src/lab/faults/fault-spec.js";
import { openTestLab } from "../../support/lab-bench.js";

const KINDS = Object.keys(FAULT_KINDS) as FaultKind[];

function refusalOf(spec: unknown): GizlabError {
  try {
    readFault(spec);
  } catch (error) {
    if (error instanceof GizlabError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(spec)} was taken`);
}

describe("a fault is refused", () => {
  it.each<[string, unknown, string, RegExp]>([
    ["that is no object", 7, "", /object/],
    ["that is null", null, "", /object/],
    ["that is a list", [], "", /object/],
    ["without a kind", {}, "kind", /known: uart.drop, .*persona.drifting-clock/],
    ["of a mistyped kind", { kind: "uart.dorp" }, "kind", /did you mean uart.drop\?/],
    ["of a kind in other letters", { kind: "NET.DISCONNECT" }, "kind", /./],
    ["of a kind that every object has", { kind: "constructor" }, "kind", /./],
    ["with a mistyped field", { kind: "uart.drop", probabilty: 1 }, "probabilty", /did you mean probability\?/],
    ["with a field of another kind", { kind: "uart.drop", status: 500 }, "status", /uart.drop takes .*direction/],
    ["with a route on a wire", { kind: "uart.stall", route: "/app/*" }, "route", /takes/],
    ["with a command in HTTP", { kind: "http.error", cmd: "report" }, "cmd", /takes/],
    ["with a device in HTTP", { kind: "http.error", did: "d" }, "did", /takes/],
    ["with a device for the cloud's clock", { kind: "cloud.skew", did: "d" }, "did", /takes/],
    ["with a device in a storm of all", { kind: "net.storm", did: "d" }, "did", /takes/],
    ["with chance where nothing is matched", { kind: "net.disconnect", probability: 0.5 }, "probability", /takes/],
    ["with a count where nothing is matched", { kind: "cloud.expire-tokens", count: 1 }, "count", /takes/],
    ["with probability 2", { kind: "uart.drop", probability: 2 }, "probability", /from 0 to 1/],
    ["with a negative probability", { kind: "uart.drop", probability: -0.1 }, "probability", /from 0 to 1/],
    ["with a probability in percent", { kind: "uart.drop", probability: "50%" }, "probability", /from 0 to 1/],
    ["with probability NaN", { kind: "uart.drop", probability: Number.NaN }, "probability", /from 0 to 1/],
    ["with count 0", { kind: "uart.drop", count: 0 }, "count", /from 1/],
    ["with half a count", { kind: "uart.drop", count: 1.5 }, "count", /from 1/],
    ["that passes a negative number", { kind: "uart.drop", after: -1 }, "after", /from 0/],
    ["with a span without a unit", { kind: "uart.stall", for: "500" }, "for", /a unit/],
    ["with a span as a number", { kind: "uart.stall", for: 500 }, "for", /a span with its unit/],
    ["with an empty span", { kind: "uart.stall", for: "" }, "for", /a span with its unit/],
    ["with a span of nothing", { kind: "net.latency", delay: "soon" }, "delay", /a unit/],
    ["with a negative span", { kind: "net.latency", delay: "-1s" }, "delay", /a unit/],
    ["that strikes without a pause", { kind: "persona.brown-out", every: "0s" }, "every", /more than 0/],
    ["with a skew without a unit", { kind: "cloud.skew", by: "10" }, "by", /a unit/],
    ["with a mistyped command", { kind: "uart.drop", cmd: "reprot" }, "cmd", /did you mean report\?/],
    ["with a command that is none", { kind: "uart.drop", cmd: "0xEE" }, "cmd", /./],
    ["with a direction that is none", { kind: "uart.drop", direction: "sideways" }, "direction", /up or down/],
    ["with a device that is no text", { kind: "uart.drop", did: 7 }, "did", /the did/],
    ["with an empty did", { kind: "uart.drop", did: "" }, "did", /the did/],
    ["with a status that is no error", { kind: "http.error", status: 200 }, "status", /400 to 599/],
    ["with a route that no path can match", { kind: "http.error", route: "app/users" }, "route", /a path/],
    ["with a method in small letters", { kind: "http.error", route: "get /app/users" }, "route", /a path/],
    ["with a clock that stands still", { kind: "persona.drifting-clock", rate: 0 }, "rate", /from 0.1/],
    ["with datapoints as a text", { kind: "persona.stuck-sensor", datapoints: "Temperature" }, "datapoints", /a list/],
    ["with a seed that is an object", { kind: "uart.drop", seed: {} }, "seed", /a number or a text/],
  ])("%s", (_what, spec, path, hint) => {
    const error = refusalOf(spec);
    expect([error.code, error.at?.path]).toEqual(["fault-invalid", path]);
    expect(error.hint).toMatch(hint);
  });

  it("by the lab as well, and then none is in force", async () => {
    const lab = await openTestLab();
    const refused = expect.objectContaining({ code: "fault-invalid" });
    expect(() => lab.faults.add({ kind: "uart.dorp" as FaultKind })).toThrowError(refused);
    expect(lab.faults.list()).toEqual([]);
    expect(lab.faults.add({ kind: "uart.drop" }).id).toBe("f1");
  });
});

describe("a fault is taken", () => {
  it.each(KINDS)("of the kind %s with nothing more", (kind) => {
    expect(readFault({ kind }).spec).toEqual({ kind });
  });

  it.each(KINDS)("of the kind %s with whatever it takes", (kind) => {
    const values: Required<Pick<FaultSpec, keyof (typeof FAULT_KINDS)[FaultKind]["takes"]>> & Record<string, unknown> =
      {
        direction: "up",
        cmd: "0x05",
        route: "GET /app/devdata/*/latest",
        for: "1m30s",
        delay: "20ms",
        every: "2h",
        by: "-1d",
        rate: 0.98,
        status: 429,
        datapoints: ["Temperature"],
      };
    const takes = Object.keys(FAULT_KINDS[kind].takes);
    const spec = { kind, seed: 3, ...Object.fromEntries(takes.map((field) => [field, values[field]])) };
    expect(readFault(spec).spec).toEqual(spec);
  });

  it("with fields that are left undefined", () => {
    expect(() => readFault({ kind: "uart.drop", count: undefined, status: undefined })).not.toThrow();
  });
});

function split(request: string): [string, string] {
  const [method = "", path = ""] = request.split(" ");
  return [method, path];
}

describe("a route", () => {
  it.each([
    ["/app/users", "GET /app/users", true],
    ["/app/users", "POST /app/users", true],
    ["/app/users", "GET /app/users/more", false],
    ["POST /app/users", "GET /app/users", false],
    ["POST /app/users", "POST /app/users", true],
    ["/app/*", "GET /app/devdata/abc/latest", true],
    ["/app/*/latest", "GET /app/devdata/abc/latest", true],
    ["/app/*/latest", "GET /app/devdata/abc/raw_data", false],
    ["*", "DELETE /dev/devices", true],
    ["GET *", "DELETE /dev/devices", false],
    ["/app/a.b", "GET /app/axb", false],
    ["/app/(x|y)+", "GET /app/xy", false],
  ])("%s and %s: %s", (route, request, isMatch) => {
    expect(readFault({ kind: "http.slow", route }).route?.(...split(request))).toBe(isMatch);
  });
});
