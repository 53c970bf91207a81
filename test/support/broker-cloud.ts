import { setImmediate as nextTurn } from "node:timers/promises";
import { startLab } from "../../src/lab/start-lab.js";
import { bindDevice, registerDevice } from "./devices.js";
import { logInDevice, type Party } from "./mqtt-party.js";
import { enterUser } from "./open-api.js";

/** A cloud with a user and a device of theirs that is offline. */
export async function startBrokerCloud() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "sessions" });
  const user = await enterUser(lab);
  const device = await registerDevice(lab);
  await bindDevice(lab, user, device.did);
  return {
    lab,
    user,
    device,
    did: device.did,
    isOnline: () => lab.cloud.broker.presence.isOnline(device.did),
    /** Logs the device in and subscribes as firmware does; resolves when the first 0x0210 is there. */
    async bringOnline(keepalive = 0): Promise<Party> {
      const party = await logInDevice(lab, device, { keepalive });
      await party.subscribe(`app2dev/${device.did}/#`);
      await party.received(1);
      return party;
    },
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

/** Lets everything that is under way come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await nextTurn();
}
