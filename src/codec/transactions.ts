import { GizlabError } from "../core/errors.js";
import { ByteReader, ByteWriter } from "./cursor.js";

/** Payload of 23: what an MCU wants done for it (uart.md 2.8). */
export type TransactionRequest =
  /** Whether there is newer firmware for a product; texts are without their padding. */
  | {
      readonly kind: "ask-update";
      readonly productKey: string;
      readonly did: string;
      readonly hardVersion: string;
      readonly softVersion: string;
      readonly check: number;
    }
  | { readonly kind: "download"; readonly url: string };

/** Payload of 25: what came of it. */
export type TransactionResult =
  | { readonly kind: "no-update" }
  | { readonly kind: "update"; readonly softVersion: string; readonly url: string }
  | { readonly kind: "downloaded"; readonly isOk: boolean };

const ASK_UPDATE = 1;
const UPDATE = 2;
const DOWNLOAD = 3;
const DOWNLOADED = 4;

/** Throws `value-too-wide`. */
export function packTransactionRequest(request: TransactionRequest): Uint8Array {
  if (request.kind === "download") return new ByteWriter().uint8(DOWNLOAD).countedText(request.url).finish();
  const { productKey, did, hardVersion, softVersion, check } = request;
  return new ByteWriter()
    .uint8(ASK_UPDATE)
    .text(productKey, 32)
    .text(did, 32)
    .text(hardVersion, 8)
    .text(softVersion, 8)
    .uint8(check)
    .finish();
}

/** Throws `bytes-short`, `transaction-unknown`. */
export function unpackTransactionRequest(payload: Uint8Array): TransactionRequest {
  const reader = new ByteReader(payload, "the transaction");
  const type = reader.uint8("type");
  if (type === DOWNLOAD) return { kind: "download", url: reader.text(reader.uint16("urlLen"), "url") };
  if (type !== ASK_UPDATE) throw unknown(type, `${ASK_UPDATE} or ${DOWNLOAD}`);
  return {
    kind: "ask-update",
    productKey: reader.text(32, "product_key"),
    did: reader.text(32, "did"),
    hardVersion: reader.text(8, "hardVer"),
    softVersion: reader.text(8, "softVer"),
    check: reader.uint8("check"),
  };
}

/** Throws `value-too-wide`. */
export function packTransactionResult(result: TransactionResult): Uint8Array {
  switch (result.kind) {
    case "no-update":
      return Uint8Array.of(UPDATE, 0);
    case "update":
      return new ByteWriter().uint8(UPDATE).text(result.softVersion, 8).countedText(result.url).finish();
    case "downloaded":
      return Uint8Array.of(DOWNLOADED, result.isOk ? 0 : 1);
  }
}

/** Throws `bytes-short`, `transaction-unknown`. */
export function unpackTransactionResult(payload: Uint8Array): TransactionResult {
  const reader = new ByteReader(payload, "the transaction's result");
  const type = reader.uint8("type");
  if (type === DOWNLOADED) return { kind: "downloaded", isOk: reader.uint8("result") === 0 };
  if (type !== UPDATE) throw unknown(type, `${UPDATE} or ${DOWNLOADED}`);
  // Only its length tells `02 need` from `02 softVer url` (uart.md 2.8).
  if (reader.remaining <= 1) return { kind: "no-update" };
  const softVersion = reader.text(8, "softVer");
  return { kind: "update", softVersion, url: reader.text(reader.uint16("urlLen"), "url") };
}

function unknown(type: number, expected: string): GizlabError {
  return new GizlabError("transaction-unknown", "no transaction has this type", { expected, found: String(type) });
}
