import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadProfile } from "../../src/lab/profiles.js";
import { makeTempFolder } from "./temp-folder.js";

interface Attr {
  id: number;
  readonly data_type: string;
  readonly position: { byte_offset: number; bit_offset: number };
}

const TYPE_ORDER = ["bool", "enum", "uint8"];

/** A file with the profile of pet-house in variable length: writable and read-only in one list, by data type (uart.md 4.4). */
export function writeVariablePetHouse(): string {
  const { file } = loadProfile("pet-house");
  const profile = JSON.parse(readFileSync(file, "utf8")) as { entities: [{ attrs: Attr[] }] };
  const [{ attrs }] = profile.entities;
  attrs.sort((a, b) => TYPE_ORDER.indexOf(a.data_type) - TYPE_ORDER.indexOf(b.data_type) || a.id - b.id);
  for (const [id, attr] of attrs.entries()) {
    attr.id = id;
    attr.position.byte_offset = 0;
    attr.position.bit_offset = 0;
  }
  const written = join(makeTempFolder(), "variable-pet-house.json");
  writeFileSync(written, JSON.stringify({ ...profile, protocolType: "var_len" }));
  return written;
}
