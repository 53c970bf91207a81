import type { ApiContext } from "../context.js";
import { reachedHost } from "../context.js";
import { ApiError, answerError } from "../errors.js";
import { acceptText, type Face } from "../face.js";
import { Type } from "../schema.js";
import { readForm, sendToFirmware } from "./firmware-form.js";
import { registerUpgradeApi } from "./upgrades.js";

const FORM_LIMIT = 4096;
const DidParams = Type.Object({ did: Type.String({ minLength: 1, maxLength: 500 }) });

/** What modules ask over HTTP: register, provision, disable (cloud.md 2.1), upgrade (2.3). */
export function registerDeviceApi(face: Face, context: ApiContext): void {
  const { registry, clock } = context.cloud;
  const tags = ["Device"];
  acceptText(face, FORM_LIMIT);
  face.setErrorHandler(answerError);
  registerUpgradeApi(face, context);

  face.post("/dev/devices", { schema: { tags, summary: "Register a module" } }, (request, reply) => {
    const { product_key: productKey, mac, passcode } = readForm(request.body, ["product_key", "mac", "passcode"]);
    const device = registry.register(productKey, mac, passcode);
    sendToFirmware(reply, 201, `did=${device.did}`);
  });

  face.get(
    "/dev/devices/:did",
    { schema: { tags, summary: "Provision a device", params: DidParams } },
    (request, reply) => {
      const device = registry.get(request.params.did);
      if (device.isDisabled) throw new ApiError(9014);
      const host = reachedHost(request);
      const now = Math.floor(clock.now() / 1000);
      sendToFirmware(
        reply,
        200,
        `host=${host}&port=${context.mqttPort()}&server_ts=${now}&log_host=${host}&log_port=${context.mqttPort()}&biz_log=0&sys_log=0`,
      );
    },
  );

  face.delete("/dev/devices", { schema: { tags, summary: "Disable a device" } }, (request, reply) => {
    const { did, passcode } = readForm(request.body, ["did", "passcode"]);
    const device = registry.get(did);
    if (device.passcode !== passcode) throw new ApiError(9016);
    registry.disable(device);
    sendToFirmware(reply, 200, "");
  });
}
