import { createHash } from "node:crypto";

/** `X-Gizwits-Signature` of `POST /app/bind_mac`: md5 of product secret and seconds since 1970, lower-case hex (cloud.md 8.5). */
export function signBind(productSecret: string, timestampS: number | string): string {
  return createHash("md5").update(`${productSecret}${timestampS}`).digest("hex");
}
