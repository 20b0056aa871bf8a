/**
 * What the dashboard needs of every screen: its keys, its drawing, and its share of the connection.
 * @module
 */
import type { Listener } from "../desk/connection.ts";
import type { State } from "../desk/state.ts";
import type { ActionIn, Context } from "../keys.ts";
import type { Line } from "../spans.ts";

/** One handler for every action of a context: a key of the table without one does not compile. */
export type Handlers<C extends Context> = Readonly<Record<ActionIn<C>, () => unknown>>;

/** One tab of the dashboard. */
export interface Screen extends Listener {
  /** Handlers by context, the screen's own before the list's. */
  readonly keys: Readonly<Partial<Record<Context, Readonly<Record<string, () => unknown>>>>>;
  /** @returns The lines of its body, exactly as large as the layout says. */
  draw(state: State): Line[];
  /** @returns What it says of itself beside the tabs, the most important first. */
  facts(state: State): string[];
  /** It comes to the front. */
  enter(): void;
  /** Everything is read again. */
  refresh(): void;
  /** A command line of its own, or undefined when it is not. @returns What is wrong with it, or null. */
  command?(name: string, rest: string): string | null | undefined;
  /** Every second. */
  tick?(): void;
  /** The dashboard ends: claims are released. */
  close?(): Promise<void>;
}
