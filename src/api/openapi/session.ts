import type { FastifyRequest } from "fastify";
import type { User } from "../../cloud/accounts/users.js";
import type { Binding } from "../../cloud/bindings/bindings.js";
import type { Device } from "../../cloud/devices/registry.js";
import type { ApiContext } from "../context.js";
import { ApiError } from "../errors.js";

/** The app of a request. Answers 9003 when the header is missing or names no app. */
export function requireApp({ cloud }: ApiContext, request: FastifyRequest): string {
  const id = header(request, "x-gizwits-application-id");
  if (id === undefined || cloud.applications.find(id) === undefined) throw new ApiError(9003);
  return id;
}

/** The user of a request. Answers 9003, 9004, 9006. */
export function requireUser(context: ApiContext, request: FastifyRequest): User {
  const appId = requireApp(context, request);
  const token = header(request, "x-gizwits-user-token");
  if (token === undefined) throw new ApiError(9004);
  return context.cloud.users.authenticate(appId, token);
}

/** A device the user has bound. Answers 9014 for an unknown one, 9017 for one of somebody else's. */
export function requireBound({ cloud }: ApiContext, user: User, did: string): { device: Device; binding: Binding } {
  const device = cloud.registry.get(did);
  return { device, binding: cloud.bindings.get(user.uid, device.id) };
}

export function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
