import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import type { ApiContext } from "../context.js";
import { reachedHost } from "../context.js";
import { ApiError, answerError } from "../errors.js";
import { acceptText, type Face } from "../face.js";

const FORM_LIMIT = 4096;
const DidParams = Type.Object({ did: Type.String({ minLength: 1, maxLength: 500 }) });

/** What modules ask over HTTP: register, provision, disable (cloud.md 2.1). */
export function registerDeviceApi(face: Face, context: ApiContext): void {
  const { registry, clock } = context.cloud;
  const tags = ["Device"];
  acceptText(face, FORM_LIMIT);
  face.setErrorHandler(answerError);

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

function readForm<Name extends string>(body: unknown, names: readonly Name[]): Record<Name, string> {
  const form = new URLSearchParams(typeof body === "string" ? body : "");
  const fields = {} as Record<Name, string>;
  for (const name of names) {
    const value = form.get(name);
    if (value === null || value === "") throw new ApiError(9015, `${name} is needed`);
    fields[name] = value.trim();
  }
  return fields;
}

/**
 * Answers in the one way that all firmware reads: few headers, chunked, the whole body in one chunk,
 * everything in one write (cloud.md 2.0).
 */
function sendToFirmware(reply: FastifyReply, status: number, body: string): void {
  reply.hijack();
  const { raw } = reply;
  raw.sendDate = false;
  raw.writeHead(status, { "Content-Type": "text/html", "Transfer-Encoding": "chunked" });
  raw.end(body);
}
