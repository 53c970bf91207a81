/**
 * The first half of the dissector's fixed Lua: protocols, fields, and the datapoints of a P0 (uart.md 4).
 * Wireshark 4.0, where it is tested, has Lua 5.2 and later ones 5.4; they differ in bit operators, so it does arithmetic.
 * Positions come from the generated tables; only the compact form of 4.4 has to be walked here.
 */
export const LUA_P0 = `
local gizwits = Proto("gizwits", "Gizwits capture by gizlab")
local uart = Proto("gizwits_uart", "Gizwits UART frame")
local m2m = Proto("gizwits_m2m", "Gizwits M2M frame")

gizwits.prefs.product = Pref.string("Product", "",
  "Name or product_key of the profile for captures that do not name one")

local all_fields, all_experts = {}, {}

local function field(kind, name, label, ...)
  local made = ProtoField[kind]("gizwits." .. name, label, ...)
  all_fields[#all_fields + 1] = made
  return made
end

local function expert_info(name, label, group, severity)
  local made = ProtoExpert.new("gizwits." .. name, label, group, severity)
  all_experts[#all_experts + 1] = made
  return made
end

local F = {
  p0 = field("bytes", "p0", "P0"),
  action = field("uint8", "p0.action", "action", base.HEX, ACTIONS),
  attr_flags = field("bytes", "p0.attr_flags", "attr_flags"),
  wanted = field("string", "p0.wanted", "wanted"),
  data = field("bytes", "p0.data", "data"),
}
local E = {
  no_product = expert_info("p0.no_product", "no profile", expert.group.UNDECODED, expert.severity.NOTE),
  range = expert_info("p0.out_of_range", "value out of range", expert.group.PROTOCOL, expert.severity.WARN),
  length = expert_info("p0.length", "length", expert.group.MALFORMED, expert.severity.ERROR),
}

local product_by_name = {}
for _, product in ipairs(PRODUCTS) do
  for _, point in ipairs(product.points) do
    local name = product.name .. "." .. point.name
    if point.kind == "bool" then
      point.field = field("bool", name, point.name, base.NONE, nil, nil, point.about)
    elseif point.kind == "wide" and not point.ratio then
      point.field = field("uint64", name, point.name, base.DEC, nil, nil, point.about)
    elseif point.kind == "number" or point.kind == "wide" then
      point.field = field("double", name, point.name, point.about)
    else
      local kind = point.kind == "enum" and "string" or "bytes"
      point.field = field(kind, name, point.name, base.NONE, point.about)
    end
  end
  product_by_name[product.title] = product
  product_by_name[product.name] = product
  product_by_name[product.key] = product
end

-- The packet's own product_key is right where there is one; a product without a profile is not guessed at.
local function choose_product(key)
  local preferred = product_by_name[gizwits.prefs.product]
  if key ~= "" then return product_by_name[key] or preferred end
  return preferred or (#PRODUCTS == 1 and PRODUCTS[1] or nil)
end

-- Some bytes from 'at' on, all of them without a length. Unlike range, it can take none at the end.
local function slice(bytes, at, length)
  length = length or bytes:len() - at
  if length > 0 then return bytes:range(at, length) end
  return bytes:len() > 0 and bytes:range(0, 0) or bytes
end

-- y = ratio * x + addition, rounded to the decimals of the two (uart.md 4.5).
local function scale(point, x)
  if not point.ratio then return x end
  local y = point.ratio * x + point.addition
  if not point.parts then return y end
  local rounded = math.floor(math.abs(y) * point.parts + 0.5) / point.parts
  return (y < 0 and rounded > 0) and -rounded or rounded
end

-- The value of some bits of a section, and the bytes they are in. Bit 0 is the LSB of the last byte (uart.md 4.2).
local function read_bits(section, bit, width)
  local first = section:len() - 1 - math.floor((bit + width - 1) / 8)
  local last = section:len() - 1 - math.floor(bit / 8)
  local bytes = section:range(first, last - first + 1)
  return math.floor(bytes:uint() / 2 ^ (bit % 8)) % 2 ^ width, bytes
end

-- Marks a value that the product's limits do not allow (uart.md 4.5).
local function mark_range(item, point, x)
  if not point.most or (x >= point.least and x <= point.most) then return end
  item:add_proto_expert_info(E.range, string.format("%.12g is outside %.12g to %.12g",
    scale(point, x), scale(point, point.least), scale(point, point.most)))
end

local function add_bits(tree, point, section, bit)
  local x, bytes = read_bits(section, bit, point.width)
  if point.kind == "bool" then
    tree:add(point.field, bytes, x == 1)
  else
    local wire = string.format("%d", x)
    local item = tree:add(point.field, bytes, point.labels[x + 1] or wire)
    item:append_text(" (" .. wire .. ")")
    mark_range(item, point, x)
  end
end

local function add_bytes(tree, point, bytes)
  if point.kind == "binary" then
    tree:add(point.field, bytes)
    return
  end
  if point.kind == "wide" then
    local x = bytes:uint64()
    local item = tree:add(point.field, bytes, point.ratio and scale(point, x:tonumber()) or x)
    if point.ratio then item:append_text(" (wire " .. tostring(x) .. ")") end
    local least, most = UInt64.fromhex(point.least_hex), UInt64.fromhex(point.most_hex)
    if x < least or x > most then
      item:add_proto_expert_info(E.range, string.format("%s is outside %s to %s on the wire",
        tostring(x), tostring(least), tostring(most)))
    end
    return
  end
  local x = bytes:uint()
  local item = tree:add(point.field, bytes, scale(point, x))
  if point.ratio then item:append_text(string.format(" (wire %d)", x)) end
  mark_range(item, point, x)
end

local function add_placed(tree, point, data)
  if point.section then
    add_bits(tree, point, data:range(point.at, point.section), point.bit)
  else
    add_bytes(tree, point, data:range(point.at, point.width))
  end
end

local function has_length(tree, what, data, expected)
  if data:len() == expected then return true end
  tree:add_proto_expert_info(E.length, string.format(
    "%s does not have the profile's length (expected %d bytes, found %d)", what, expected, data:len()))
  return false
end

-- dev_status of the fixed-length protocol (uart.md 4.2).
local function add_status(tree, data, product)
  if not has_length(tree, "dev_status", data, product.status_length) then return end
  for _, point in ipairs(product.points) do add_placed(tree, point, data) end
end

-- attr_flags, and attr_vals of which only the flagged ones are meant (uart.md 4.3).
local function add_control(tree, data, product)
  local expected = product.flags_length + product.writable_length
  if not has_length(tree, "attr_flags and attr_vals", data, expected) then return end
  local flags, values = slice(data, 0, product.flags_length), slice(data, product.flags_length)
  tree:add(F.attr_flags, flags)
  for _, point in ipairs(product.points) do
    if point.flag and read_bits(flags, point.flag, 1) == 1 then add_placed(tree, point, values) end
  end
end

-- The flagged datapoints of a variable-length frame; padding bits above the last one mean nothing (uart.md 4.4).
local function read_flagged(tree, data, product)
  local length = product.variable_flags_length
  if data:len() < length then
    has_length(tree, "attr_flags", data, length)
    return nil
  end
  local flags, flagged = slice(data, 0, length), {}
  tree:add(F.attr_flags, flags)
  for at, point in ipairs(product.points) do
    if read_bits(flags, at - 1, 1) == 1 then flagged[#flagged + 1] = point end
  end
  return flagged
end

local function add_variable(tree, data, product)
  local flagged = read_flagged(tree, data, product)
  if not flagged then return end
  local bits, bytes = 0, 0
  for _, point in ipairs(flagged) do
    if point.section then bits = bits + point.width else bytes = bytes + point.width end
  end
  local section_length = math.ceil(bits / 8)
  local at = product.variable_flags_length + section_length
  if not has_length(tree, "attr_flags and attr_vals", data, at + bytes) then return end
  local section, bit = slice(data, product.variable_flags_length, section_length), 0
  for _, point in ipairs(flagged) do
    if point.section then
      add_bits(tree, point, section, bit)
      bit = bit + point.width
    else
      add_bytes(tree, point, data:range(at, point.width))
      at = at + point.width
    end
  end
end

local function add_wanted(tree, data, product)
  for _, point in ipairs(read_flagged(tree, data, product) or {}) do tree:add(F.wanted, data, point.name) end
end

local READERS = {
  [ACTION.control] = add_control,
  [ACTION.readReply] = add_status,
  [ACTION.report] = add_status,
  [ACTION.variableControl] = add_variable,
  [ACTION.variableRead] = add_wanted,
  [ACTION.variableReadReply] = add_variable,
  [ACTION.variableReport] = add_variable,
}

-- Shows a P0 of at least one byte; returns the word for its action.
local function dissect_p0(p0, parent, product)
  local tree = parent:add(F.p0, p0)
  local action, data = p0:range(0, 1):uint(), slice(p0, 1)
  local name = ACTIONS[action] or string.format("action-0x%02X", action)
  local reader = READERS[action]
  tree:add(F.action, p0:range(0, 1))
  if reader and product then
    tree:set_text("P0: " .. name .. " of " .. product.title)
    reader(tree, data, product)
    return name
  end
  if data:len() > 0 then tree:add(F.data, data) end
  if reader then
    tree:add_proto_expert_info(E.no_product, "no profile for this product: make the dissector with its profile, "
      .. "or set the preference gizwits.product where the capture names no product_key")
  end
  return name
end
`;
