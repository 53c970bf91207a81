import { readCredentials } from "../../cloud/accounts/credentials.js";
import { FIRMWARE_TYPE } from "../../cloud/devices/firmwares.js";
import { assetId, entityId, inputId } from "../../cloud/devices/outside-ids.js";
import type { Device } from "../../cloud/devices/registry.js";
import { isNumeric } from "../../profile/scale.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import type { LabControl } from "./lab-control.js";

const tags = ["Lab control"];

/** The lab as a whole, and one device of it with its values. */
export function registerState(face: Face, context: ApiContext, control: LabControl): void {
  const { cloud, credentials } = context;

  face.get("/_lab/state", { schema: { tags, summary: "Clock, products and devices" } }, () => {
    const viewDevice = createDeviceView(context, control);
    return {
      clock: { mode: cloud.clock.mode, now: cloud.clock.now() },
      // A snapshot of another lab brings its own.
      app: { id: (readCredentials(cloud.settings) ?? credentials).app.id },
      products: cloud.products.all.map((product) => ({
        name: product.name,
        product_key: product.productKey,
        product_secret: product.secret,
        sharing: product.sharing,
        aggregation: product.aggregation,
      })),
      users: cloud.users.count,
      devices: cloud.registry
        .list()
        .filter((device) => !device.isDisabled)
        .map(viewDevice),
    };
  });

  face.get(
    "/_lab/devices/:did",
    {
      schema: {
        tags,
        summary: "A device with the values that it last reported, however long ago",
        params: Type.Object({ did: Type.String({ maxLength: 64 }) }),
      },
    },
    (request) => {
      const device = cloud.registry.get(request.params.did);
      const latest = cloud.telemetry.latest(device.id);
      return {
        ...createDeviceView(context, control)(device),
        updated_at: latest?.updatedAt ?? null,
        attrs: latest?.attrs ?? {},
      };
    },
  );
}

/** How a device is shown; made anew for each answer, as it looks up once what concerns all devices. */
function createDeviceView({ cloud }: ApiContext, control: LabControl) {
  const virtual = control.virtualDids();
  const names = cloud.bindings.aliases();
  return (device: Device) => {
    const product = cloud.registry.productOf(device);
    return {
      did: device.did,
      mac: device.mac,
      passcode: device.passcode,
      product_key: device.productKey,
      product: product?.name ?? null,
      is_online: cloud.broker.presence.isOnline(device.did),
      is_virtual: virtual.has(device.did),
      name: names.get(device.id) ?? "",
      soft_version: cloud.firmwares.versionsOf(device.id, FIRMWARE_TYPE.mcu)?.softVersion ?? null,
      entity_id: entityId(device),
      asset_id: assetId(device),
      inputs: Object.fromEntries(
        (product?.profile.datapoints ?? [])
          .filter(isNumeric)
          .map((datapoint) => [datapoint.name, inputId(device, datapoint)]),
      ),
    };
  };
}
