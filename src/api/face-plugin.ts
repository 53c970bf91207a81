import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiContext } from "./context.js";
import type { LabControl } from "./control/lab-control.js";
import type { ErrorAnswer } from "./errors.js";
import type { Face } from "./face.js";

/** What a face does on the Fastify instance that it gets for itself. */
export interface FacePlugin {
  readonly register: (face: Face) => void | Promise<void>;
  /** Says in the face's words what is wrong with a request that reaches none of its routes. */
  readonly answer: ErrorAnswer;
  /** The answer where the face has no such route; the Open API's words without. */
  readonly answerUnknown?: (request: FastifyRequest, reply: FastifyReply) => void;
}

/** One HTTP face: its code is loaded, and its routes are made, when a path of it is first asked for. */
export interface FaceEntry {
  readonly name: string;
  /** The paths, decoded and without a query, that the face answers, those with no route of it included. */
  readonly paths: RegExp;
  readonly load: () => Promise<(context: ApiContext, control: LabControl) => FacePlugin>;
}
