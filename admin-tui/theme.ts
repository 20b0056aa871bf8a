/**
 * Colours and signs by meaning. Every colour comes with a sign, and only the sixteen basic colours are used, which the
 * terminal's owner has configured.
 * @module
 */
import type { ReportReason, ReportStatus } from "../server/protocol/models.ts";

/** A meaning that has a look. */
export type Tone = "plain" | "accent" | "good" | "warn" | "bad" | "muted";

/** Why somebody was reported, as a row has room for. */
export const REASONS: Readonly<
  Record<ReportReason, { readonly sign: string; readonly short: string; readonly tone: Tone }>
> = {
  underage: { sign: "#", short: "minor", tone: "bad" },
  harassment: { sign: "!", short: "harass", tone: "bad" },
  scam: { sign: "$", short: "scam", tone: "warn" },
  inappropriate_behavior: { sign: "%", short: "conduct", tone: "warn" },
  fake_profile: { sign: "=", short: "fake", tone: "plain" },
  spam: { sign: "~", short: "spam", tone: "plain" },
  other: { sign: ".", short: "other", tone: "plain" },
};

export const STATUSES: Readonly<Record<ReportStatus, { readonly word: string; readonly tone: Tone }>> = {
  pending: { word: "OPEN", tone: "accent" },
  reviewed: { word: "IN REVIEW", tone: "accent" },
  resolved: { word: "RESOLVED", tone: "good" },
  dismissed: { word: "DISMISSED", tone: "muted" },
};

/** Borders and bars. */
export const GLYPHS = {
  topLeft: "┌",
  topRight: "┐",
  bottomLeft: "└",
  bottomRight: "┘",
  across: "─",
  down: "│",
  /** From nothing to everything. */
  bars: "▁▂▃▄▅▆▇█",
  hidden: "█",
  cursor: "▏",
} as const;
