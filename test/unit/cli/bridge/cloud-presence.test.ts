import { describe, expect, it } from "vitest";
import { CloudPresence } from "../../../../src/cli/bridge/cloud-presence.js";
import { VirtualClock } from "../../../../src/core/clock.js";
import { GizlabError } from "../../../../src/core/errors.js";

function createPresence() {
  const clock = new VirtualClock(0);
  const cloud = { isUp: false };
  const told: string[] = [];
  const presence = new CloudPresence(
    async () => {
      if (!cloud.isUp) throw new GizlabError("cloud-unreachable", "no cloud answers");
      return { status: 404, body: "" };
    },
    clock,
    { changed: (isThere, isFirst) => told.push(`${isThere ? "there" : "gone"}${isFirst ? " at first" : ""}`) },
  );
  const ask = () => presence.http({ method: "GET", path: "/dev/devices/x" }).catch(() => {});
  return { clock, cloud, told, presence, ask };
}

describe("a bridge and its cloud", () => {
  it("knows at the start that it is away, looks for it by itself, and tells when it comes and goes", async () => {
    const { clock, cloud, told, presence, ask } = createPresence();
    await presence.look();
    await clock.advance(10_000);
    expect(told).toEqual(["gone at first"]);
    cloud.isUp = true;
    await clock.advance(2000);
    expect(told).toEqual(["gone at first", "there"]);
    await ask();
    cloud.isUp = false;
    await ask();
    await ask();
    expect(told.slice(2)).toEqual(["gone"]);
    presence.close();
    expect(clock.pending()).toEqual([]);
  });

  it("has nobody to look for while it is there", async () => {
    const { clock, cloud, told, presence } = createPresence();
    cloud.isUp = true;
    await presence.look();
    expect([told, clock.pending()]).toEqual([["there at first"], []]);
  });
});
