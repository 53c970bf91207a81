import type { Face } from "../face.js";
import { Type } from "../schema.js";
import type { LabControl } from "./lab-control.js";

const MAX_DEVICES = 10_000;
const tags = ["Lab control"];
const DidParams = Type.Object({ did: Type.String({ maxLength: 64 }) });
const Attrs = Type.Object({
  attrs: Type.Record(Type.String(), Type.Union([Type.Boolean(), Type.Number(), Type.String()])),
});

/** Virtual devices: more of them, and what happens to one. */
export function registerDeviceControl(face: Face, control: LabControl): void {
  face.post(
    "/_lab/devices",
    {
      schema: {
        tags,
        summary: "Add virtual devices",
        body: Type.Object({
          product: Type.String({ maxLength: 128 }),
          count: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_DEVICES })),
        }),
      },
    },
    async (request) => ({ dids: await control.addDevices(request.body.product, request.body.count ?? 1) }),
  );
  face.post(
    "/_lab/devices/:did/set",
    {
      schema: {
        tags,
        summary: "Change datapoints from a virtual device's own side",
        params: DidParams,
        body: Attrs,
      },
    },
    (request) => {
      control.setAttrs(request.params.did, request.body.attrs);
      return {};
    },
  );
  face.post(
    "/_lab/devices/:did/control",
    { schema: { tags, summary: "Control a device from the cloud, bound or not", params: DidParams, body: Attrs } },
    (request) => {
      control.controlDevice(request.params.did, request.body.attrs);
      return {};
    },
  );
  face.post(
    "/_lab/devices/:did/power",
    {
      schema: {
        tags,
        summary: "Give a virtual device its power, or take it away",
        params: DidParams,
        body: Type.Object({ on: Type.Boolean() }),
      },
    },
    (request) => {
      control.powerDevice(request.params.did, request.body.on);
      return {};
    },
  );
}
