import { isBitType, type Layout } from "../codec/layout.js";
import type { Json } from "./check-attr.js";
import type { DocumentPath, LocatedDocument } from "./problem.js";
import type { Datapoint } from "./profile.js";

/** A datapoint with its place in the document, and its position where the document gives one. */
export interface ReadDatapoint {
  readonly datapoint: Datapoint;
  readonly path: DocumentPath;
  readonly position: Json | undefined;
}

interface Place {
  readonly byteOffset: number;
  readonly bitOffset: number;
  readonly len: number;
  readonly unit: "bit" | "byte";
}

/**
 * Holds each given position against the place that uart.md 4.2 puts the datapoint at, and names the
 * datapoint it would overlap. Positions that are not given are taken as the rule has them.
 */
export function checkPositions(document: LocatedDocument, layout: Layout, datapoints: readonly ReadDatapoint[]): void {
  const planned = planPlaces(layout);
  const sectionLength = new Map(layout.fixed.sections.map((section) => [section.byteOffset, section.byteLength]));
  for (const { datapoint, path, position } of datapoints) {
    const plan = planned.get(datapoint.index);
    if (position === undefined || plan === undefined) continue;
    const given = readPlace(position);
    if (isSame(given, plan)) continue;
    const rival = datapoints.find((other) => {
      const { index } = other.datapoint;
      const place = other.position === undefined ? planned.get(index) : readPlace(other.position);
      return index !== datapoint.index && place !== undefined && overlaps(given, place, sectionLength);
    });
    const clash = rival === undefined ? "" : `overlaps ${rival.datapoint.name}; `;
    document.report(
      [...path, "position"],
      `${datapoint.name}: ${clash}expected ${describe(plan)}, found ${describe(given)} (uart.md 4.2)`,
    );
  }
}

function planPlaces(layout: Layout): Map<number, Place> {
  const places = new Map<number, Place>();
  for (const { byteOffset, points } of layout.fixed.sections) {
    for (const { point, bitOffset } of points) {
      places.set(point.index, { byteOffset, bitOffset, len: point.width, unit: "bit" });
    }
  }
  for (const { byteOffset, point } of layout.fixed.fields) {
    places.set(point.index, {
      byteOffset,
      bitOffset: 0,
      len: point.width,
      unit: isBitType(point.dataType) ? "bit" : "byte",
    });
  }
  return places;
}

function readPlace(position: Json): Place {
  return {
    byteOffset: Number(position.byte_offset ?? 0),
    bitOffset: Number(position.bit_offset ?? 0),
    len: Number(position.len ?? 0),
    unit: position.unit === "byte" ? "byte" : "bit",
  };
}

function isSame(a: Place, b: Place): boolean {
  return a.byteOffset === b.byteOffset && a.bitOffset === b.bitOffset && a.len === b.len && a.unit === b.unit;
}

/** Bits counted from the start of dev_status, a section's bit 0 being in its last byte. */
function bitRange(place: Place, sectionLength: ReadonlyMap<number, number>): [number, number] {
  if (place.unit === "byte") return [place.byteOffset * 8, (place.byteOffset + place.len) * 8];
  const end = (place.byteOffset + (sectionLength.get(place.byteOffset) ?? 1)) * 8 - place.bitOffset;
  return [end - place.len, end];
}

function overlaps(a: Place, b: Place, sectionLength: ReadonlyMap<number, number>): boolean {
  const [aStart, aEnd] = bitRange(a, sectionLength);
  const [bStart, bEnd] = bitRange(b, sectionLength);
  return aStart < bEnd && bStart < aEnd;
}

function describe(place: Place): string {
  return place.unit === "bit"
    ? `byte ${place.byteOffset} bit ${place.bitOffset} len ${place.len}`
    : `byte ${place.byteOffset} len ${place.len}`;
}
