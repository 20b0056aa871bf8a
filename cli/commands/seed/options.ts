/**
 * Parses the options of `vibes seed`.
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { SEED_PARTS, type SeedPart } from "./parts.ts";

/** @returns A scale. @throws InvalidArgumentError */
export function readScale(text: string): number {
  const scale = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (scale <= 0 || scale > 1_000) throw new InvalidArgumentError("Give a number above 0 and at most 1000.");
  return scale;
}

/** @returns A seed. @throws InvalidArgumentError */
export function readSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 0 to 999999999.");
  return Number(text);
}

/** @returns The parts that are named. @throws InvalidArgumentError */
export function readParts(text: string): readonly SeedPart[] {
  const named = text.split(",").map((part) => part.trim());
  const parts = SEED_PARTS.filter((part) => named.includes(part));
  if (parts.length === new Set(named).size) return parts;
  throw new InvalidArgumentError(`Give some of ${SEED_PARTS.join(", ")}, by comma.`);
}

/** @returns A time. @throws InvalidArgumentError */
export function readNow(text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError("Give a time such as 2026-01-01 or 2026-01-01T12:00Z.");
  return new Date(time).toISOString();
}
