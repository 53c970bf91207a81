import { GizlabError } from "../../core/errors.js";
import type { Datapoint } from "../../profile/profile.js";
import { isNumeric } from "../../profile/scale.js";
import { type Organization, OWN_ORGANIZATION } from "../accounts/organizations.js";
import type { Database } from "../store/database.js";
import { MEASURED, MEASUREMENT_KEY } from "./measurement.js";
import { assetId, ownInputId, inputId as reportedInputId } from "./outside-ids.js";
import type { Product } from "./products.js";
import type { Device, Registry } from "./registry.js";

/** What Datacooee's face calls an input: a numeric datapoint of a device, or a sensor without a device (aggregation-apis.md 3.1). */
export interface Input {
  readonly id: string;
  readonly name: string;
  readonly measureUnit: string;
  /** Where its readings lie, and how they are asked for. */
  readonly source: { readonly id: number; readonly productKey: string };
  readonly datapoint: Datapoint;
  /** The device that reports it; an input of its own has none. */
  readonly device?: Device;
  readonly product?: Product;
}

/** An input of its own, as it was made. */
export interface OwnInput {
  readonly inputId: string;
  readonly name: string;
  readonly measureUnit: string;
  /** The asset with which it is listed. */
  readonly assetId: number | null;
  /** The number of the organisation it is of. */
  readonly organization: number;
}

/** What an input of its own is to be. */
export interface NewInput {
  readonly name: string;
  readonly measureUnit?: string;
  readonly assetId?: number;
  /** `sen` and letters or digits; made by the store without it. */
  readonly inputId?: string;
}

/** What Datacooee's face calls an asset: a device. */
export interface Asset {
  readonly id: number;
  readonly name: string;
  readonly device: Device;
}

interface OwnRow extends OwnInput {
  /** Also the number by which its readings are kept. */
  readonly id: number;
}

const COLUMNS = "id, input_id AS inputId, organization, name, measure_unit AS measureUnit, asset_id AS assetId";
/** Above all numbers that devices get, and within the 32 bits that a log entry has for them. */
const FIRST_ID = 2 ** 31;

/** Inputs and assets by the ids that Datacooee's face knows them by. */
export class Inputs {
  readonly #registry: Registry;
  readonly #statements;
  /** The store number of the device whose input an id is, of all devices up to `#indexed`. */
  readonly #deviceOf = new Map<string, number>();
  #indexed = 0;

  constructor(database: Database, registry: Registry) {
    this.#registry = registry;
    this.#statements = {
      find: database.prepare<[string], OwnRow>(`SELECT ${COLUMNS} FROM inputs WHERE input_id = ?`),
      ofAsset: database.prepare<[number], OwnRow>(`SELECT ${COLUMNS} FROM inputs WHERE asset_id = ? ORDER BY id`),
      all: database.prepare<[], OwnRow>(`SELECT ${COLUMNS} FROM inputs ORDER BY id`),
      last: database.prepare<[], number | null>("SELECT max(id) FROM inputs").pluck(),
      add: database.prepare(
        "INSERT INTO inputs (id, input_id, organization, name, measure_unit, asset_id) VALUES (?, ?, ?, ?, ?, ?)",
      ),
    };
  }

  /**
   * Makes an input of its own. Throws `asset-unknown` for an asset that the organisation does not have, `input-exists`
   * for an id that is taken.
   */
  add(organization: Organization, { name, measureUnit = "", assetId: asset, inputId: wanted }: NewInput): OwnInput {
    if (asset !== undefined) this.asset(organization, asset);
    const id = Math.max(FIRST_ID, (this.#statements.last.get() ?? 0) + 1);
    const inputId = wanted ?? ownInputId(id);
    if (this.#statements.find.get(inputId) !== undefined || this.#findReported(inputId) !== undefined) {
      throw new GizlabError("input-exists", `there is an input ${inputId} already`);
    }
    const input = { inputId, name, measureUnit, assetId: asset ?? null, organization: organization.number };
    this.#statements.add.run(id, inputId, organization.number, name, measureUnit, input.assetId);
    return input;
  }

  /** The inputs of their own, of all organisations. */
  list(): OwnInput[] {
    return this.#statements.all.all().map(({ id: _, ...input }) => input);
  }

  /** An input of an organisation. Throws `input-unknown`, for those of others too. */
  get(organization: Organization, id: string): Input {
    const own = this.#statements.find.get(id);
    if (own?.organization === organization.number) return showOwn(own);
    const input = own === undefined && organization.number === OWN_ORGANIZATION ? this.#findReported(id) : undefined;
    if (input !== undefined) return input;
    throw new GizlabError("input-unknown", `the organisation has no input ${id.slice(0, 64)}`);
  }

  /** An asset of an organisation. Throws `asset-unknown`, for those of others too. */
  asset(organization: Organization, id: number): Asset {
    const device =
      organization.number === OWN_ORGANIZATION && Number.isSafeInteger(id) ? this.#registry.findById(id) : undefined;
    if (device === undefined || device.isDisabled) {
      throw new GizlabError("asset-unknown", `the organisation has no asset ${id}`);
    }
    const product = this.#registry.productOf(device)?.name ?? "device";
    return { id: assetId(device), name: `${product} ${device.mac}`, device };
  }

  /** All inputs of an asset: its datapoints, then the inputs of their own that were put with it. */
  ofAsset({ id, device }: Asset): Input[] {
    return [...this.#reported(device), ...this.#statements.ofAsset.all(id).map(showOwn)];
  }

  /** Forgets what it has read of the store. */
  reload(): void {
    this.#deviceOf.clear();
    this.#indexed = 0;
  }

  #findReported(id: string): Input | undefined {
    this.#index();
    const device = this.#registry.findById(this.#deviceOf.get(id) ?? 0);
    if (device === undefined || device.isDisabled) return undefined;
    return this.#reported(device).find((input) => input.id === id);
  }

  /** Devices come in the order of their numbers, and their datapoints stay as long as a cloud runs. */
  #index(): void {
    for (const device of this.#registry.listAfter(this.#indexed)) {
      for (const { id } of this.#reported(device)) this.#deviceOf.set(id, device.id);
      this.#indexed = device.id;
    }
  }

  #reported(device: Device): Input[] {
    const product = this.#registry.productOf(device);
    if (product === undefined) return [];
    return product.profile.datapoints.filter(isNumeric).map((datapoint) => ({
      id: reportedInputId(device, datapoint),
      name: datapoint.name,
      // Profiles name no units.
      measureUnit: "",
      source: device,
      datapoint,
      device,
      product,
    }));
  }
}

function showOwn({ id, inputId: ownId, name, measureUnit }: OwnRow): Input {
  return { id: ownId, name, measureUnit, source: { id, productKey: MEASUREMENT_KEY }, datapoint: MEASURED };
}
