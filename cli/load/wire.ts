/**
 * The messages between the command and its generator threads.
 * @module
 */
import type { Population } from "./people.ts";
import type { Plan } from "./plan.ts";
import type { Outcome, RecordSlice } from "./report_shape.ts";

/** To a generator. */
export type Order =
  | {
      readonly kind: "prepare";
      readonly plan: Plan;
      readonly population: Population;
      readonly share: { readonly index: number; readonly of: number };
    }
  | { readonly kind: "start" }
  /** Stops starting operations; in haste it waits only briefly for those in flight. */
  | { readonly kind: "stop"; readonly inHaste: boolean };

/** From a generator. */
export type Word =
  | { readonly kind: "prepared" }
  | { readonly kind: "slice"; readonly slice: RecordSlice }
  | { readonly kind: "done"; readonly outcome: Outcome }
  | { readonly kind: "failed"; readonly message: string; readonly code: string };
