import type { Profile } from "../profile/profile.js";
import { printTables } from "./dissector-tables.js";
import { LUA_FRAMES } from "./lua-frames.js";
import { LUA_P0 } from "./lua-p0.js";

const HEAD = `-- Wireshark dissector for captures of gizlab: Gizwits UART frames (USER0) and M2M frames (USER1).
-- Made by gizlab from its command table and the profiles of products; make it anew when a profile changes.
--   tshark -X lua_script:gizwits.lua -r capture.pcapng
-- In Wireshark: put this file into the folder "Personal Lua Plugins" of Help > About > Folders.
`;

/**
 * A Wireshark dissector in Lua for what `encodePcapng` writes. Datapoints of the profiles have their names and
 * engineering values, as fields `gizwits.<product>.<datapoint>`. A packet's product_key chooses the product;
 * without one, the preference `gizwits.product`, or the only profile.
 */
export function printDissector(profiles: readonly Profile[]): string {
  return [HEAD, printTables(profiles), LUA_P0, LUA_FRAMES].join("\n");
}
