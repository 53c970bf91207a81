import type { FastifyReply, FastifyRequest } from "fastify";
import { FIRMWARE_TYPE, type Firmware, type FirmwareType, type Versions } from "../../cloud/devices/firmwares.js";
import { splitHexFile } from "../../codec/big-data.js";
import { isVersion } from "../../codec/soft-version.js";
import type { ApiContext } from "../context.js";
import { reachedHost } from "../context.js";
import { ApiError } from "../errors.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { readForm, sendToFirmware } from "./firmware-form.js";

const DidParams = Type.Object({ did: Type.String({ minLength: 1, maxLength: 500 }) });
const LatestQuery = Type.Object({
  product_key: Type.String({ maxLength: 64 }),
  type: Type.String({ maxLength: 8 }),
  hard_version: Type.String({ maxLength: 64 }),
  soft_version: Type.String({ maxLength: 64 }),
});
const HTTP_PORT = 80;
/** Codes that are not in the Open API's table, in the live server's words (cloud.md 2.3). */
const NO_UPDATE = {
  none: { error_message: "Don't have a push rule id on device", error_code: 9500, detail_message: null },
  "not-newer": {
    error_message: "push rule not in effect or device already upgrade",
    error_code: 9502,
    detail_message: null,
  },
} as const;

/** What modules ask over HTTP to be upgraded, themselves or their MCU (cloud.md 2.3). */
export function registerUpgradeApi(face: Face, context: ApiContext): void {
  const { registry, upgrades } = context.cloud;
  const tags = ["Device"];

  face.post(
    "/dev/ota/v4.1/update_and_check/:did",
    { schema: { tags, summary: "Tell the versions of a device, and ask for newer firmware", params: DidParams } },
    (request, reply) => {
      const form = readForm(request.body, ["passcode", "type", "hard_version", "soft_version"]);
      const device = registry.get(request.params.did);
      if (device.isDisabled) throw new ApiError(9014);
      if (device.passcode !== form.passcode) throw new ApiError(9016);
      answerCheck(request, reply, upgrades.check(device, readType(form.type), readVersions(form)));
    },
  );

  face.get(
    "/dev/ota/v4.1/latest",
    { schema: { tags, summary: "The newest firmware of a product", querystring: LatestQuery } },
    (request, reply) => {
      const { product_key: productKey, type } = request.query;
      const product = context.cloud.products.find(productKey);
      if (product === undefined) throw new ApiError(9002);
      answerCheck(request, reply, upgrades.latest(product.productKey, readType(type), readVersions(request.query)));
    },
  );

  face.get(
    "/dev/ota/v4.1/download/:id",
    {
      schema: {
        tags,
        summary: "Download a firmware",
        params: Type.Object({ id: Type.String({ pattern: "^[0-9]{1,9}$" }) }),
      },
    },
    (request, reply) => {
      const { firmware, file } = upgrades.download(Number(request.params.id));
      sendFile(reply, firmware, file);
    },
  );
}

/** No news is an answer and no error: it leaves no trace. */
function answerCheck(request: FastifyRequest, reply: FastifyReply, found: Firmware | keyof typeof NO_UPDATE): void {
  if (typeof found === "string")
    return sendToFirmware(reply, 400, JSON.stringify(NO_UPDATE[found]), "application/json");
  // The port that the module has named: firmware leaves 80 out, and reads no other from the URL (cloud.md 2.3).
  const { port } = request;
  const place = `${reachedHost(request)}${port === null || port === HTTP_PORT ? "" : `:${port}`}`;
  const url = `http://${place}/dev/ota/v4.1/download/${found.id}`;
  sendToFirmware(reply, 200, `soft_ver=${found.softVersion}&download_url=${url}\r\n`);
}

/** Firmware finds these headers by their very letters (cloud.md 2.3). */
function sendFile(reply: FastifyReply, { id, md5, softVersion }: Firmware, file: Uint8Array): void {
  reply.hijack();
  const { raw } = reply;
  raw.sendDate = false;
  const extension = splitHexFile(file) === undefined ? "bin" : "hex";
  raw.writeHead(200, {
    "Content-Type": "application/octet-stream",
    "Content-Length": String(file.length),
    "Firmware-MD5": md5,
    "Soft-Version": softVersion,
    "Content-Disposition": `attachment; filename="${id}.${extension}"`,
  });
  raw.end(file);
}

function readType(text: string): FirmwareType {
  if (text === "1") return FIRMWARE_TYPE.wifi;
  if (text === "2") return FIRMWARE_TYPE.mcu;
  throw new ApiError(9015, "type is 1 for the Wi-Fi module, 2 for the MCU");
}

function readVersions(fields: { readonly hard_version: string; readonly soft_version: string }): Versions {
  const { hard_version: hardVersion, soft_version: softVersion } = fields;
  if (isVersion(hardVersion) && isVersion(softVersion)) return { hardVersion, softVersion };
  throw new ApiError(9015, "a version has eight printable characters");
}
