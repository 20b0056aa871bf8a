/**
 * The form of a catalogue of metrics that are read at each scrape.
 * @module
 */

/** Numbers by the value of a label. */
export type Counts = Readonly<Record<string | number, number | undefined>>;
/** One number, or one for each value of the label. */
export type Reading = number | Counts;
/** A metric, read from `T`. */
export type Row<T> = readonly [name: string, help: string, read: (from: T) => Reading, label?: string];
