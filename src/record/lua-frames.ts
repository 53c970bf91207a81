/**
 * The second half of the dissector's fixed Lua: the header of capture-header.ts, UART frames (uart.md 1
 * and 2) and M2M frames (cloud.md 3.3). A frame with a wrong checksum is shown with its payload as bytes
 * only: no receiver acts on it, so its datapoints must not turn up in a filter or a graph.
 */
export const LUA_FRAMES = `
local command_names = {}
for code, command in pairs(COMMANDS) do
  command_names[code] = command.name
  for _, shape in ipairs(command.fields) do
    local name = "uart." .. command.name:gsub("%-", "_") .. "." .. shape.name
    shape.field = field(shape.kind, name, shape.name)
  end
end
local m2m_names = {}
for code, name in pairs(M2M) do m2m_names[code] = name end
for code, name in pairs(M2M_CONTROL) do m2m_names[code] = name end

F.direction = field("uint8", "direction", "direction", base.DEC, DIRECTIONS)
for _, name in ipairs(HEADER_TEXTS) do F[name] = field("string", name, name) end

F.len = field("uint16", "uart.len", "len")
F.cmd = field("uint8", "uart.cmd", "cmd", base.HEX, command_names)
F.sn = field("uint8", "uart.sn", "sn")
F.flags = field("uint16", "uart.flags", "flags", base.HEX)
F.payload = field("bytes", "uart.payload", "payload")
F.extra = field("bytes", "uart.extra", "extra")
F.checksum = field("uint8", "uart.checksum", "checksum", base.HEX)
F.checksum_ok = field("bool", "uart.checksum_ok", "checksum ok")
F.checksum_expected = field("uint8", "uart.checksum_expected", "checksum expected", base.HEX)
F.garbage = field("bytes", "uart.garbage", "garbage")

F.m2m_cmd = field("uint16", "m2m.cmd", "cmd", base.HEX, m2m_names)
F.m2m_len = field("uint32", "m2m.len", "len")
F.m2m_flag = field("uint8", "m2m.flag", "flag", base.HEX)
F.m2m_sn = field("uint32", "m2m.sn", "sn")
F.m2m_did = field("string", "m2m.did", "did")
F.m2m_body = field("bytes", "m2m.body", "body")
F.m2m_other = field("bytes", "m2m.other", "no M2M frame")

local MALFORMED, ERROR = expert.group.MALFORMED, expert.severity.ERROR
E.frame = expert_info("uart.broken", "broken frame", MALFORMED, ERROR)
E.checksum = expert_info("uart.bad_checksum", "wrong checksum", expert.group.CHECKSUM, ERROR)
E.unstuffed = expert_info("uart.unstuffed", "FF not stuffed", expert.group.PROTOCOL, expert.severity.WARN)
E.payload = expert_info("uart.short", "short payload", MALFORMED, ERROR)
E.m2m = expert_info("m2m.broken", "broken M2M frame", MALFORMED, ERROR)

gizwits.fields = all_fields
gizwits.experts = all_experts

-- Reads what gizlab put before the packet; returns it and its length, or nothing if it is not gizlab's.
local function read_header(tvb, root)
  if tvb:len() < 2 or tvb:range(0, 1):uint() ~= HEADER_VERSION then return nil end
  local tree = root:add(gizwits, tvb:range())
  local header, at = { direction = DIRECTIONS[tvb:range(1, 1):uint()] or "?" }, 2
  tree:add(F.direction, tvb:range(1, 1))
  for _, name in ipairs(HEADER_TEXTS) do
    local text = slice(tvb, at + 2, tvb:range(at, 2):uint())
    header[name] = text:len() == 0 and "" or text:string(ENC_UTF_8)
    if text:len() > 0 then tree:add_packet_field(F[name], text, ENC_UTF_8 + ENC_NA) end
    at = at + 2 + text:len()
  end
  tree:set_len(at)
  return header, at
end

local function wifi_words(status)
  local words = {}
  for _, entry in ipairs(WIFI_BITS) do
    if math.floor(status / 2 ^ entry.bit) % 2 == 1 then words[#words + 1] = entry.name end
  end
  return #words == 0 and "off" or table.concat(words, " ")
end

local ENCODINGS = { string = ENC_ISO_8859_1 + ENC_NA, bytes = ENC_NA }

-- Shows the payload of a command by its shape in the command table (uart.md 2.1); returns words for a Wi-Fi status.
local function dissect_fields(command, payload, tree)
  local at, note = 0, nil
  for _, shape in ipairs(command.fields) do
    if shape.optional and at == payload:len() then break end
    local start = at + (shape.is_counted and 2 or 0)
    local left = payload:len() - start
    local size = shape.size or left
    if shape.is_counted and left >= 0 then size = payload:range(at, 2):uint() end
    if left < 0 or size > left then
      tree:add_proto_expert_info(E.payload, shape.name .. " reaches beyond the payload")
      return
    end
    local bytes = slice(payload, start, size)
    local item = tree:add_packet_field(shape.field, bytes, ENCODINGS[shape.kind] or ENC_BIG_ENDIAN)
    if shape.name == "status" then
      note = wifi_words(bytes:uint())
      item:append_text(" " .. note)
    end
    at = start + size
  end
  if at < payload:len() then tree:add(F.extra, payload:range(at)) end
  return note
end

local function byte_at(wire, at)
  return at < wire:len() and wire:range(at, 1):uint() or nil
end

-- The bytes behind the header at 'start' as they were before stuffing (uart.md 1). FF FF inside a frame begins
-- the next one, unless the first FF is the checksum that was due.
local function unstuff(wire, start)
  local body, sum, need, at, is_stuffed, is_bare = {}, 0, 2, start + 2, false, false
  while at < wire:len() and #body < need do
    local byte, behind = byte_at(wire, at), byte_at(wire, at + 1)
    local is_due = #body == need - 1 and sum % 256 == 0xFF
    if byte == 0xFF and behind == 0xFF and not is_due then break end
    body[#body + 1], sum, at = byte, sum + byte, at + 1
    if byte == 0xFF then
      if behind == 0x55 then at, is_stuffed = at + 1, true else is_bare = true end
    end
    if #body == 2 then need = body[1] * 256 + body[2] + 2 end
  end
  return body, need, at, is_stuffed, is_bare
end

local function as_bytes(body)
  local hex = {}
  for at, byte in ipairs(body) do hex[at] = string.format("%02x", byte) end
  return ByteArray.new(table.concat(hex)):tvb("Un-stuffed frame"):range()
end

local function expected_checksum(body)
  local sum = 0
  for at = 1, #body - 1 do sum = sum + body[at] end
  return sum % 256
end

local function add_checksum(tree, bytes, found, expected)
  local is_ok = found == expected
  local item = tree:add(F.checksum, bytes)
  tree:add(F.checksum_ok, bytes, is_ok):set_generated()
  tree:add(F.checksum_expected, bytes, expected):set_generated()
  item:append_text(is_ok and " ok" or string.format(" wrong, expected 0x%02x", expected))
  if is_ok then return end
  item:add_proto_expert_info(E.checksum, string.format("expected 0x%02x, found 0x%02x", expected, found))
end

-- Shows the payload of a sound frame; returns words for the frame, and more about it if there is.
local function dissect_payload(command, payload, tree, product)
  if command and command.carries_p0 then return dissect_p0(payload, tree, product) end
  local item = tree:add(F.payload, payload)
  if command then return command.name, dissect_fields(command, payload, item) end
end

-- Shows the frame whose FF FF is at 'start'; returns where it ends on the wire and a line about it.
local function dissect_frame(wire, start, root, product)
  local body, need, finish, is_stuffed, is_bare = unstuff(wire, start)
  local tree = root:add(uart, wire:range(start, finish - start))
  if #body < need or need < 7 then
    tree:add_proto_expert_info(E.frame, need < 7 and "the length is too small for a frame"
      or string.format("the frame is cut off (expected %d bytes behind the header, found %d)", need, #body))
    return finish, "broken frame"
  end
  if is_bare then tree:add_proto_expert_info(E.unstuffed, UNSTUFFED) end
  local frame = is_stuffed and as_bytes(body) or wire:range(start + 2, need)
  local command, sn, checksum, expected = COMMANDS[body[3]], body[4], body[need], expected_checksum(body)
  local name, note = command and (command.plain_name or command.name), nil
  tree:add(F.len, frame:range(0, 2))
  tree:add(F.cmd, frame:range(2, 1))
  tree:add(F.sn, frame:range(3, 1))
  tree:add(F.flags, frame:range(4, 2))
  if need > 7 then
    local payload = frame:range(6, need - 7)
    if checksum == expected then
      name, note = dissect_payload(command, payload, tree, product)
    else
      tree:add(F.payload, payload)
    end
  end
  add_checksum(tree, frame:range(need - 1, 1), checksum, expected)
  local line = string.format("%s sn %d", name or string.format("unknown command 0x%02X", body[3]), sn)
  if note then line = line .. ": " .. note end
  if checksum ~= expected then line = line .. ", wrong checksum" end
  tree:append_text(", " .. line)
  return finish, line
end

local function add_garbage(wire, from, to, root)
  if to <= from then return end
  local item = root:add(F.garbage, wire:range(from, to - from))
  item:add_proto_expert_info(E.frame, "not part of any frame")
end

local function dissect_uart(wire, root, product)
  local lines, at, from = {}, 0, 0
  while at < wire:len() do
    local is_header = byte_at(wire, at) == 0xFF and byte_at(wire, at + 1) == 0xFF and byte_at(wire, at + 2) ~= 0xFF
    if is_header then
      add_garbage(wire, from, at, root)
      at, lines[#lines + 1] = dissect_frame(wire, at, root, product)
      from = at
    else
      at = at + 1
    end
  end
  add_garbage(wire, from, at, root)
  return lines
end

-- MQTT's remaining length: 7 bits a byte, low first; its value and size, or nothing.
local function read_varlen(bytes, at)
  local value = 0
  for size = 1, 4 do
    local byte = byte_at(bytes, at + size - 1)
    if not byte then return nil end
    value = value + byte % 128 * 128 ^ (size - 1)
    if byte < 128 then return value, size end
  end
  return nil
end

local function dissect_control(frame, root)
  local tree = root:add(m2m, frame)
  local cmd = frame:range(4, 2):uint()
  local line = M2M_CONTROL[cmd] or string.format("control frame 0x%04X", cmd)
  tree:add(F.m2m_cmd, frame:range(4, 2))
  if frame:len() > 6 then tree:add(F.m2m_body, frame:range(6)) end
  tree:append_text(", " .. line)
  return line
end

-- In a frame with flag 01 a did stands between sn and P0; a P0 never begins with 00 (cloud.md 3.3 A).
local function read_did_length(bytes, start, head, length)
  if byte_at(bytes, start) % 2 == 0 or length < head + 2 or byte_at(bytes, start + head) ~= 0 then return nil end
  local did_length = byte_at(bytes, start + head + 1)
  return head + 2 + did_length <= length and did_length or nil
end

-- Shows one business frame at 'at'; returns where it ends and a line about it, or nothing when it is broken.
local function dissect_business(bytes, at, root, product)
  local length, size = read_varlen(bytes, at + 4)
  local start = at + 4 + (size or 0)
  if not length or length < 3 or start + length > bytes:len() then return nil end
  local cmd = bytes:range(start + 1, 2):uint()
  local has_sn = M2M_WITH_SN[cmd]
  if has_sn and length < 7 then return nil end
  local tree = root:add(m2m, bytes:range(at, start + length - at))
  tree:add(F.m2m_len, bytes:range(at + 4, size), length)
  tree:add(F.m2m_flag, bytes:range(start, 1))
  tree:add(F.m2m_cmd, bytes:range(start + 1, 2))
  if has_sn then tree:add(F.m2m_sn, bytes:range(start + 3, 4)) end
  local head = has_sn and 7 or 3
  local did_length = read_did_length(bytes, start, head, length)
  if did_length then
    if did_length > 0 then tree:add(F.m2m_did, bytes:range(start + head + 2, did_length)) end
    head = head + 2 + did_length
  end
  local line = M2M[cmd] or string.format("frame 0x%04X", cmd)
  if length > head then
    local body = bytes:range(start + head, length - head)
    if M2M_P0[cmd] then line = dissect_p0(body, tree, product) else tree:add(F.m2m_body, body) end
  end
  if has_sn then line = string.format("%s sn %.0f", line, bytes:range(start + 3, 4):uint()) end
  tree:append_text(", " .. line)
  return start + length, line
end

-- The topic tells the framing; without one, a business frame has a length of 3 or more here (cloud.md 3.3).
local function is_control(topic, bytes)
  if topic:find("^ser2cli_") or topic:find("^cli2ser") then return true end
  return topic == "" and byte_at(bytes, 4) < 3
end

local function dissect_m2m(bytes, root, product, topic)
  local lines, at = {}, 0
  while at < bytes:len() do
    local is_frame = at + 6 <= bytes:len() and bytes:range(at, 4):uint() == 3
    if is_frame and at == 0 and is_control(topic, bytes) then return { dissect_control(bytes, root) } end
    local finish, line
    if is_frame then finish, line = dissect_business(bytes, at, root, product) end
    if not finish then
      local item = root:add(F.m2m_other, bytes:range(at))
      item:add_proto_expert_info(E.m2m, "no whole frame of 00 00 00 03, length, flag, cmd")
      finish, line = bytes:len(), "no M2M frame"
    end
    at, lines[#lines + 1] = finish, line
  end
  return lines
end

-- A dissector for packets with gizlab's header, whose bytes 'dissect' takes apart.
local function under_header(title, up_from, up_to, dissect)
  return function(tvb, pinfo, root)
    local header, length = read_header(tvb, root)
    if not header then return 0 end
    local is_up = header.direction == "up"
    pinfo.cols.protocol = title
    pinfo.cols.src = is_up and up_from or up_to
    pinfo.cols.dst = is_up and up_to or up_from
    local lines = dissect(slice(tvb, length), root, choose_product(header.product_key), header.topic)
    pinfo.cols.info = header.direction .. " " .. (#lines > 0 and table.concat(lines, ", ") or "no bytes")
    return tvb:len()
  end
end

uart.dissector = under_header("Gizwits UART", "MCU", "module", dissect_uart)
m2m.dissector = under_header("Gizwits M2M", "module", "cloud", dissect_m2m)

local encapsulations = wtap_encaps or wtap
DissectorTable.get("wtap_encap"):add(encapsulations.USER0, uart)
DissectorTable.get("wtap_encap"):add(encapsulations.USER1, m2m)
`;
