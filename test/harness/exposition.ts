/**
 * Parses Prometheus' text format and finds samples by name and labels.
 * @module
 */

/** One line. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Everything that was scraped. */
export interface Exposition {
  readonly text: string;
  /** By the metric's name. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** @returns The sum of the series with these labels, whatever their others; undefined when there is none. */
  read(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

/** @throws Error on a line that is not of the format. */
export function parseExposition(text: string): Exposition {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (typed) types.set(typed, type!);
    if (line === "" || line.startsWith("#")) continue;
    const [, name, inner = "", value] = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || Number.isNaN(Number(value)))
      throw new Error(`Cannot read the metrics: ${line}`);
    const labels = [...inner.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, given]) => [
      key,
      given,
    ]);
    samples.push({ name, labels: Object.fromEntries(labels), value: Number(value) });
  }
  return {
    text,
    types,
    samples,
    read(name, labels = {}) {
      const found = samples.filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      );
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

/** Scrapes a running server. */
export async function scrape(url: string): Promise<Exposition> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`Cannot scrape: ${response.status}`);
  return parseExposition(await response.text());
}
