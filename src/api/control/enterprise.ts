import type { EnterpriseLimits } from "../../cloud/accounts/enterprise-settings.js";
import type { Location } from "../../cloud/devices/locations.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";

const tags = ["Lab control"];
const DidParams = Type.Object({ did: Type.String({ maxLength: 64 }) });
const MOST_ADDRESSES = 1000;
const LARGEST_QUOTA = 1e9;
const PlaceName = Type.Optional(Type.String({ maxLength: 128 }));

/** What a vendor's console sets for the Enterprise API, and where devices are. */
export function registerEnterpriseControl(face: Face, { cloud }: ApiContext): void {
  const { enterprise, registry, locations } = cloud;
  face.get("/_lab/enterprise", { schema: { tags, summary: "White list, quota and month limit" } }, () =>
    viewLimits(enterprise.settings.limits),
  );
  face.put(
    "/_lab/enterprise",
    {
      schema: {
        tags,
        summary: "Change white list, quota or month limit of the Enterprise API",
        body: Type.Object(
          {
            white_list: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: MOST_ADDRESSES })),
            quota: Type.Optional(Type.Integer({ minimum: 1, maximum: LARGEST_QUOTA })),
            month_limit: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
      },
    },
    (request) => {
      const { white_list: whiteList, quota, month_limit: monthLimit } = request.body;
      return viewLimits(
        enterprise.settings.change({
          ...(whiteList === undefined ? {} : { whiteList }),
          ...(quota === undefined ? {} : { quota }),
          ...(monthLimit === undefined ? {} : { monthLimit }),
        }),
      );
    },
  );
  face.get(
    "/_lab/devices/:did/location",
    { schema: { tags, summary: "Where a device is; null where nobody has said so", params: DidParams } },
    (request) => viewLocation(locations.find(registry.get(request.params.did).id)),
  );
  face.put(
    "/_lab/devices/:did/location",
    {
      schema: {
        tags,
        summary: "Say where a device is",
        params: DidParams,
        body: Type.Object(
          {
            longitude: Type.Number({ minimum: -180, maximum: 180 }),
            latitude: Type.Number({ minimum: -90, maximum: 90 }),
            country: PlaceName,
            region: PlaceName,
            city: PlaceName,
          },
          { additionalProperties: false },
        ),
      },
    },
    (request) => {
      const { longitude, latitude, country = "", region = "", city = "" } = request.body;
      const location = { longitude, latitude, country, region, city };
      locations.set(registry.get(request.params.did).id, location);
      return viewLocation(location);
    },
  );
}

function viewLimits({ whiteList, quota, monthLimit }: EnterpriseLimits) {
  return { white_list: whiteList, quota, month_limit: monthLimit };
}

function viewLocation(location: Location | undefined) {
  const { longitude = null, latitude = null, country = null, region = null, city = null } = location ?? {};
  return { longitude, latitude, country, region, city };
}
