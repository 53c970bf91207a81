import type { Product } from "../../cloud/devices/products.js";
import type { Device } from "../../cloud/devices/registry.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { ControlBody, readControl } from "../openapi/control.js";
import { clientIp } from "../openapi/devices.js";
import { requestError } from "../request-error.js";
import { Type } from "../schema.js";
import { findDevices } from "./device-search.js";
import { viewDevice } from "./device-views.js";
import { EnterpriseError } from "./errors.js";
import { PageQuery, readPage, viewPageOf } from "./page.js";
import { DeviceParams, ProductParams, Text } from "./parameters.js";
import { requireDevice, requireProduct } from "./session.js";

const tags = ["Enterprise: devices"];
const MacQuery = Type.Object({ mac: Text });
const SearchQuery = Type.Object({
  gid: Text,
  country: Text,
  region: Text,
  city: Text,
  is_online: Text,
  is_faulty: Text,
  is_alert: Text,
  show_disabled: Text,
  liveness_start: Text,
  type: Text,
  val: Text,
  ...PageQuery,
});

/** The definition of a product, its devices, and controlling them (rest.md 2.2). */
export function registerDevices(face: Face, context: ApiContext): void {
  const { commands, broker } = context.cloud;

  face.get(
    "/v1/products/:product_key/datapoint",
    { schema: { tags: ["Enterprise: products"], summary: "Get the datapoints of a product", params: ProductParams } },
    (request) => requireProduct(context, request).profile.document,
  );

  face.get(
    "/v1/products/:product_key/devices",
    { schema: { tags, summary: "Get the did of a mac", params: ProductParams, querystring: MacQuery } },
    (request) => {
      const { did, passcode } = findByMac(context, requireProduct(context, request), request.query.mac);
      return { did, passcode };
    },
  );

  face.get(
    "/v1/products/:product_key/device_detail",
    { schema: { tags, summary: "Get the details of a device", params: ProductParams, querystring: MacQuery } },
    (request) => {
      const device = findByMac(context, requireProduct(context, request), request.query.mac);
      return {
        did: device.did,
        is_disabled: device.isDisabled,
        product_key: device.productKey,
        mac: device.mac,
        is_online: broker.presence.isOnline(device.did),
        type: "normal",
      };
    },
  );

  face.get(
    "/v1/products/:product_key/devices/search",
    { schema: { tags, summary: "Search devices", params: ProductParams, querystring: SearchQuery } },
    (request) => {
      const product = requireProduct(context, request);
      const page = readPage(request.query);
      const found = findDevices(context, product, request.query);
      return viewPageOf(request, page, found, (device) => viewDevice(context, product, device));
    },
  );

  face.post(
    "/v1/products/:product_key/devices/:did/control",
    { schema: { tags, summary: "Control a device", params: DeviceParams, body: ControlBody } },
    (request) => {
      const product = requireProduct(context, request);
      const device = requireDevice(context, product, request.params.did);
      if (device.isDisabled) throw new EnterpriseError(5304);
      const p0 = readControl(product, request.body);
      commands.send(device, product, p0, { source: "enterprise_api", ip: clientIp(request) });
      return {};
    },
  );
}

/** The device of a mac, the newest where all are disabled. Answers 5301. */
function findByMac({ cloud }: ApiContext, product: Product, mac: string | undefined): Device {
  if (mac === undefined) throw requestError("mac is needed");
  const device = cloud.registry.findByMac(product.productKey, mac);
  if (device === undefined) throw new EnterpriseError(5301);
  return device;
}
