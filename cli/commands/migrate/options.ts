/**
 * What the commands of `vibes migrate` share: options, and how a step is told.
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { MigrateOptions, Step } from "../../../server/db/migrate/mod.ts";
import type { Output } from "../../output.ts";
import type { Target } from "../db_target.ts";

/** @returns A version: 3, 000003 or 000003_moderation.sql. @throws InvalidArgumentError */
export function readVersion(text: string): number {
  const digits = /^(\d{1,6})(_[a-z0-9_]+(\.sql)?)?$/.exec(text)?.[1];
  if (digits === undefined) throw new InvalidArgumentError("Give a version such as 3.");
  return Number(digits);
}

/** @returns Milliseconds. @throws InvalidArgumentError */
export function readSeconds(text: string): number {
  const seconds = /^\d{1,5}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(seconds)) throw new InvalidArgumentError("Give a number of seconds, such as 60.");
  return seconds * 1_000;
}

/** What the engine is called with. */
export function engineOptions(
  { url }: Target,
  given: { lockWait?: number | undefined; folder?: string | undefined; signal?: AbortSignal },
): MigrateOptions {
  const { lockWait: waitMs, folder, signal } = given;
  return {
    url,
    signal,
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(folder === undefined ? {} : { folder }),
  };
}

/** A step as --json prints it. */
export function stepToWire({ version, file, direction, durationMs }: Step) {
  return { version, file, direction, duration_ms: durationMs === null ? null : Math.round(durationMs) };
}

/** Tells a step on standard error while others are still to come. */
export function tellStep(output: Output): (step: Step) => void {
  return ({ file, direction, durationMs }) => {
    const took = durationMs === null ? "" : ` (${Math.round(durationMs)} ms)`;
    output.note(`${direction === "up" ? "applied" : "rolled back"} ${file}${took}`);
  };
}
