import type { Product } from "../../cloud/devices/products.js";
import { decodeBusinessFrames, startsLikeM2m } from "../../codec/m2m.js";
import { GizlabError } from "../../core/errors.js";
import { parseHex } from "../../core/hex.js";
import { packControlOf } from "../../profile/control.js";
import type { BinaryCoding } from "../../profile/scale.js";
import type { ApiContext } from "../context.js";
import { ApiError } from "../errors.js";
import type { Face } from "../face.js";
import { requestError } from "../request-error.js";
import { Type } from "../schema.js";
import { clientIp } from "./devices.js";
import { requireBound, requireUser } from "./session.js";

const DidParams = Type.Object({ did: Type.String({ minLength: 1, maxLength: 500 }) });
/** Passthrough carries up to 900 bytes (uart.md 1). */
const RAW_LIMIT = 900;
/** What both faces take to control a device. */
export const ControlBody = Type.Object({
  attrs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  raw: Type.Optional(
    Type.Union([
      Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), { minItems: 1, maxItems: RAW_LIMIT }),
      Type.String({ minLength: 1, maxLength: RAW_LIMIT * 3 }),
    ]),
  ),
  binary_coding: Type.Optional(Type.Union([Type.Literal("hex"), Type.Literal("base64")])),
});

interface ControlRequest {
  readonly attrs?: Record<string, unknown>;
  readonly raw?: readonly number[] | string;
  readonly binary_coding?: BinaryCoding;
}

/** Controlling a bound device (rest.md 6.3, 6.4). */
export function registerControlDevice(face: Face, context: ApiContext): void {
  const { commands, registry } = context.cloud;
  face.post(
    "/app/control/:did",
    {
      schema: {
        tags: ["Device Remote Monitoring"],
        summary: "Control a given device remotely",
        params: DidParams,
        body: ControlBody,
      },
    },
    (request) => {
      const user = requireUser(context, request);
      const { device } = requireBound(context, user, request.params.did);
      const product = registry.productOf(device);
      if (product === undefined) throw new ApiError(9002);
      if (device.isDisabled) throw new ApiError(9023);
      const p0 = readControl(product, request.body);
      commands.send(device, product, p0, {
        source: "open_api",
        uid: user.uid,
        appid: user.appId,
        ip: clientIp(request),
      });
      return {};
    },
  );
}

/** The P0 that a control body asks for. Throws `request-invalid`, and the `attr-…` errors of `wireValues`. */
export function readControl(product: Product, body: ControlRequest): Uint8Array {
  const { attrs, raw, binary_coding: binaryCoding = "hex" } = body;
  if (attrs !== undefined && Object.keys(attrs).length > 0) {
    return packControlOf(product.profile, attrs, binaryCoding);
  }
  if (raw === undefined) throw requestError("attrs or raw are needed");
  const bytes = typeof raw === "string" ? readRawText(raw, binaryCoding) : Uint8Array.from(raw);
  if (bytes.length === 0 || bytes.length > RAW_LIMIT) throw requestError(`raw is 1 to ${RAW_LIMIT} bytes`, "raw");
  return startsLikeM2m(bytes) ? unwrap(bytes) : bytes;
}

function readRawText(raw: string, coding: BinaryCoding): Uint8Array {
  if (coding === "base64") return Uint8Array.from(Buffer.from(raw, "base64"));
  try {
    return parseHex(raw);
  } catch (error) {
    if (error instanceof GizlabError) throw requestError(error.message, "raw");
    throw error;
  }
}

/** An older form of raw is the whole business frame (rest.md 2.2). */
function unwrap(bytes: Uint8Array): Uint8Array {
  try {
    return decodeBusinessFrames(bytes)[0]?.p0 ?? bytes;
  } catch (error) {
    if (error instanceof GizlabError) return bytes;
    throw error;
  }
}
