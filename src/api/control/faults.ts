import type { Face } from "../face.js";
import { Type } from "../schema.js";
import type { LabControl } from "./lab-control.js";

const tags = ["Lab control"];

/** Faults and personas: what breaks the wire. */
export function registerFaults(face: Face, control: LabControl): void {
  face.get("/_lab/faults", { schema: { tags, summary: "The faults in force, with how often they struck" } }, () => ({
    faults: control.faults(),
  }));
  face.post(
    "/_lab/faults",
    {
      schema: {
        tags,
        summary: "Set a fault or a persona",
        description: 'Such as {"kind":"uart.drop","did":"…","cmd":"report","probability":0.1,"count":3}',
        body: Type.Object({ kind: Type.String({ maxLength: 64 }) }, { additionalProperties: true }),
      },
    },
    (request, reply) => reply.code(201).send(control.addFault(request.body)),
  );
  face.delete("/_lab/faults", { schema: { tags, summary: "Take every fault back" } }, () => {
    control.clearFaults();
    return {};
  });
  face.delete(
    "/_lab/faults/:id",
    { schema: { tags, summary: "Take a fault back", params: Type.Object({ id: Type.String({ maxLength: 64 }) }) } },
    (request) => {
      control.removeFault(request.params.id);
      return {};
    },
  );
}
