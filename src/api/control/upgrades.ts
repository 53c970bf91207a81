import { FIRMWARE_LIMIT } from "../../cloud/devices/upgrades.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import type { LabControl } from "./lab-control.js";

/** Firmware for a device: the body of the request is the file. */
export function registerUpgradeControl(face: Face, control: LabControl): void {
  face.removeAllContentTypeParsers();
  face.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: FIRMWARE_LIMIT }, (_request, body, done) =>
    done(null, body),
  );
  face.post(
    "/_lab/devices/:did/ota",
    {
      bodyLimit: FIRMWARE_LIMIT,
      schema: {
        tags: ["Lab control"],
        summary: "Offer firmware to a device; the body is the file",
        params: Type.Object({ did: Type.String({ maxLength: 64 }) }),
        querystring: Type.Object({
          soft_version: Type.Optional(Type.String({ maxLength: 64 })),
          type: Type.Optional(Type.String({ pattern: "^[12]$" })),
        }),
      },
    },
    (request) => {
      const { soft_version: softVersion, type } = request.query;
      const file = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const offered = control.offerFirmware(request.params.did, file, {
        type: type === "1" ? 1 : 2,
        ...(softVersion === undefined ? {} : { softVersion }),
      });
      return {
        firmware_id: offered.id,
        type: offered.type,
        soft_version: offered.softVersion,
        size: offered.size,
        md5: offered.md5,
        notified: offered.isNotified,
      };
    },
  );
}
