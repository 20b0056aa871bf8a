/**
 * Draws the live numbers: each with its value a minute ago and its last minutes as bars; then every node. Pure.
 * @module
 */
import { fit } from "../../cells.ts";
import { age, count, sparkline } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, EMPTY, type Line, line, toned } from "../../spans.ts";
import type { Stats } from "../../wire.ts";
import { minuteAgo } from "./samples.ts";

interface Gauge {
  readonly name: string;
  readonly read: (stats: Stats) => number | null;
  readonly unit?: string;
  /** Shown as an alarm from this value on. */
  readonly alarm?: number;
}

const GAUGES: readonly Gauge[] = [
  { name: "connections", read: (stats) => stats.connections },
  { name: "people online", read: (stats) => stats.users_online },
  { name: "messages a second", read: (stats) => stats.messages_per_second },
  { name: "delivery p50", read: (stats) => deliveryOf(stats)?.p50 ?? null, unit: " ms" },
  { name: "delivery p99", read: (stats) => deliveryOf(stats)?.p99 ?? null, unit: " ms", alarm: 250 },
  { name: "reconnects a minute", read: (stats) => stats.reconnects_per_minute },
  { name: "limit hits a minute", read: (stats) => stats.rate_limit_hits_per_minute },
  { name: "open reports", read: (stats) => stats.reports.open },
  { name: "overdue reports", read: (stats) => stats.reports.overdue, alarm: 1 },
];

/** Without messages nothing is delivered: what is left of the minute before measures nothing. */
function deliveryOf({ delivery_ms, messages_per_second }: Stats): Stats["delivery_ms"] {
  return messages_per_second > 0 ? delivery_ms : null;
}

const NAME = 22;
const VALUE = 11;

/** @returns A line for every number. */
export function gaugeLines(samples: readonly Stats[], width: number): Line[] {
  const newest = samples.at(-1);
  if (!newest) return [EMPTY, line(toned("muted", "  Waiting for the first numbers"))];
  const before = minuteAgo(samples);
  const bars = Math.max(0, width - NAME - 2 * VALUE - 7);
  return [
    line(
      toned(
        "muted",
        `  ${fit("", NAME)}${fit("NOW", VALUE, "right")}${fit("1 MIN AGO", VALUE, "right")}  LAST ${bars} S`,
      ),
    ),
    ...GAUGES.map(({ name, read, unit = "", alarm }) => {
      const now = read(newest);
      const past = before ? read(before) : null;
      const isAlarming = alarm !== undefined && now !== null && now >= alarm;
      const value = fit(show(now, unit), VALUE, "right");
      return line(
        `  ${fit(name, NAME)}`,
        isAlarming ? bold(value, "bad") : bold(value),
        toned("muted", fit(show(past, unit), VALUE, "right")),
        "  ",
        toned(isAlarming ? "bad" : "accent", sparkline(samples.map(read), bars)),
        isAlarming ? toned("bad", " !") : "",
      );
    }),
  ];
}

/** @returns A line for every node. */
export function nodeLines(samples: readonly Stats[], { width, now }: { width: number; now: number }): Line[] {
  const newest = samples.at(-1);
  if (!newest) return [];
  const name = Math.min(40, Math.max(12, width - 60));
  const bars = Math.max(0, width - name - 34);
  return [
    line(
      toned(
        "muted",
        `  ${fit("NODE", name)}${fit("CONNS", 9, "right")}${fit("PEOPLE", 9, "right")}${fit("UP", 7, "right")}`,
      ),
    ),
    ...newest.nodes.map(({ id, connections, users, started_at }) =>
      line(
        `  ${fit(sanitise(id), name)}`,
        bold(fit(count(connections), 9, "right")),
        fit(count(users), 9, "right"),
        fit(age(started_at, now), 7, "right"),
        "  ",
        toned(
          "accent",
          sparkline(
            samples.map(({ nodes }) => nodes.find((node) => node.id === id)?.connections ?? null),
            bars,
          ),
        ),
      ),
    ),
    ...(newest.nodes.length === 0 ? [line(toned("muted", "  no node has reported"))] : []),
  ];
}

function show(value: number | null, unit: string): string {
  return value === null ? "–" : `${count(value)}${unit}`;
}
