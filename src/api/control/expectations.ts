import { GizlabError } from "../../core/errors.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import type { Expectation, LabControl } from "./lab-control.js";

const tags = ["Lab control"];
const DidParams = Type.Object({ did: Type.String({ maxLength: 64 }) });
const Attrs = Type.Record(Type.String(), Type.Union([Type.Boolean(), Type.Number(), Type.String()]));
const What = {
  report: Type.Optional(Attrs),
  control: Type.Optional(Attrs),
  frame: Type.Optional(
    Type.Object(
      {
        cmd: Type.Optional(Type.String({ maxLength: 64 })),
        way: Type.Optional(Type.Union([Type.Literal("up"), Type.Literal("down")])),
        sn: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
        payload: Type.Optional(Type.String({ pattern: "^([0-9a-fA-F]{2})*$" })),
        attrs: Type.Optional(Attrs),
      },
      { additionalProperties: false },
    ),
  ),
};
const Within = { within: Type.Optional(Type.String({ maxLength: 64 })) };
const State = Type.Optional(Type.Union([Type.Literal("online"), Type.Literal("offline")]));
const Wanted = Type.Object({ ...What, state: State, ...Within }, { additionalProperties: false });
const Unwanted = Type.Object({ ...What, ...Within }, { additionalProperties: false });

/** Waiting for what a device says and does, as the test kit and scenarios wait: on the trace, never on time. */
export function registerExpectations(face: Face, control: LabControl): void {
  face.post(
    "/_lab/devices/:did/expect",
    {
      schema: {
        tags,
        summary: "Wait until all of this has come since the device was last changed; a virtual clock moves for it",
        params: DidParams,
        body: Wanted,
      },
    },
    async (request) => ({
      entries: await control.expect(request.params.did, requireSomething(request.body as Expectation), false),
    }),
  );
  face.post(
    "/_lab/devices/:did/expect_no",
    {
      schema: {
        tags,
        summary: "Wait the whole span, and fail if any of this comes",
        params: DidParams,
        body: Unwanted,
      },
    },
    async (request) => {
      await control.expect(request.params.did, requireSomething(request.body as Expectation), true);
      return {};
    },
  );
}

function requireSomething(what: Expectation): Expectation {
  const { within: _, ...rest } = what;
  if (Object.keys(rest).length > 0) return what;
  throw new GizlabError("request-invalid", "nothing is named that could come", { hint: 'such as {"report": {}}' });
}
