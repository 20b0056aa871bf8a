/**
 * What the frame needs of every screen: its keys, its life, its share of the live stream.
 * @module
 */
import type { ActionIn, Context } from "../keys.ts";
import type { LiveEvent } from "../live.ts";
import type { ScreenName } from "./shell_state.ts";

/** One handler for every action of a context: a key of the table without one does not compile. */
export type Handlers<C extends Context> = Readonly<Record<ActionIn<C>, () => unknown>>;

/** A screen without its picture. */
export interface Screen {
  readonly name: ScreenName;
  /** Handlers by context, the screen's own before the list's. */
  readonly keys: Readonly<Partial<Record<Context, Readonly<Record<string, () => unknown>>>>>;
  /** It comes to the front. */
  enter(): void;
  /** Everything is read again. */
  refresh(): void;
  /** Also while another screen is in front. */
  onLive(event: LiveEvent): void;
  /** Every few seconds while the live stream is shut: what it would have told is asked for. */
  poll?(): Promise<void>;
  /** A command line of its own, or undefined when it is not. @returns What is wrong with it, or null. */
  command?(name: string, rest: string): string | null | undefined;
  /** Every second. */
  turn?(): void;
  /** The dashboard ends: what others wait for is given back. */
  close?(): Promise<void>;
}
