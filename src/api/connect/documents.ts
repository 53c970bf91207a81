import { Type } from "../schema.js";

const closed = { additionalProperties: false };
const Text = Type.Union([Type.String(), Type.Null()]);
const Time = Type.String({ format: "date-time" });
const Id = Type.String({ format: "uuid" });

const Tiered = Type.Object(
  {
    t1: Type.Optional(Type.Number()),
    t2: Type.Optional(Type.Number()),
    t3: Type.Optional(Type.Number()),
    t4: Type.Optional(Type.Number()),
    total: Type.Number(),
    unit: Type.String(),
  },
  closed,
);
const Volume = Type.Object({ unit: Type.String(), value: Type.Number() }, closed);
const Phased = Type.Object(
  {
    l1: Type.Optional(Type.Number()),
    l2: Type.Optional(Type.Number()),
    l3: Type.Optional(Type.Number()),
    total: Type.Optional(Type.Number()),
    unit: Type.String(),
  },
  closed,
);

const energy = {
  negativeActiveEnergy: Type.Optional(Tiered),
  negativeGasVolume: Type.Optional(Volume),
  positiveActiveEnergy: Type.Optional(Tiered),
  positiveGasVolume: Type.Optional(Volume),
};

/** The mean, or what the extension asks for, of one bucket or of a whole range. */
export const Aggregation = Type.Object(
  {
    data: Type.Object(energy, closed),
    entityId: Id,
    id: Id,
    timeframe: Type.Object({ start: Time, end: Time }, closed),
  },
  closed,
);

/** What one report said. */
export const Reading = Type.Object(
  {
    data: Type.Object(
      {
        instantaneousCurrent: Type.Optional(Phased),
        instantaneousVoltage: Type.Optional(Phased),
        negativeActiveInstantaneousPower: Type.Optional(Phased),
        positiveActiveInstantaneousPower: Type.Optional(Phased),
        ...energy,
      },
      closed,
    ),
    entityId: Id,
    id: Id,
    measured: Time,
    processed: Time,
    received: Time,
  },
  closed,
);

const paging = {
  links: Type.Object({ next: Text }, closed),
  meta: Type.Object({ continuationToken: Text, pageSize: Type.Integer() }, closed),
};

export const AggregationPage = Type.Object({ data: Type.Array(Aggregation), ...paging }, closed);
export const ReadingPage = Type.Object({ data: Type.Array(Reading), ...paging }, closed);
