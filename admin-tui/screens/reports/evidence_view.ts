/**
 * Draws the sealed evidence of a report: bars where its texts are hidden, the texts once they are revealed, a line for
 * every day. Pure; every text of somebody else is sanitised here.
 * @module
 */
import { wrap } from "../../cells.ts";
import { age, clockTime, counted, day, words } from "../../format.ts";
import type { DrawOptions } from "../../list_screen/spec.ts";
import { pictureText } from "../../picture_text.ts";
import { sanitise, sanitiseLines } from "../../sanitise.ts";
import { bold, EMPTY, folded, type Line, line, lineCells, section, toned } from "../../spans.ts";
import { GLYPHS, REASONS } from "../../theme.ts";
import type { EvidenceItem, ReportDetail } from "../../wire.ts";

/** @returns What was sealed, hidden or shown, under its heading. */
export function evidenceLines(report: ReportDetail, options: Pick<DrawOptions, "width" | "now">): Line[] {
  return [
    [...section("EVIDENCE"), ...line("  "), ...evidenceFacts(report)],
    ...evidenceBody(report, options),
    EMPTY,
  ];
}

/** @returns How much was sealed, and the key that shows it. */
export function evidenceFacts({ evidence, evidence_count }: ReportDetail): Line {
  const messages = evidence.items.filter(({ kind }) => kind === "message").length;
  return line(
    `${counted(messages, "message")}, ${evidence_count} sealed  `,
    bold("[v]"),
    evidence.hidden ? " reveal" : " hide",
  );
}

/** @returns What was sealed, hidden or shown. */
export function evidenceBody(
  { evidence, reported, reporter }: ReportDetail,
  { width, now }: Pick<DrawOptions, "width" | "now">,
): Line[] {
  const { intact, problem, readable, items } = evidence;
  const lines: Line[] = [];
  if (!intact) lines.push(line(toned("bad", `! the seal is broken: ${sanitise(problem ?? "unknown")}`)));
  if (!readable) lines.push(line(toned("warn", "! the key was destroyed at the end of its term")));
  const names = new Map([
    [reported.id, sanitise(reported.name)],
    [reporter.id, sanitise(reporter.name)],
  ]);
  let before = "";
  for (const item of items) {
    const at = item.message?.created_at;
    if (at !== undefined && day(at) !== before) {
      before = day(at);
      lines.push(line(toned("muted", `   ── ${before}, ${age(at, now)} ago`)));
    }
    lines.push(...itemLines(item, { names, width }));
  }
  return lines;
}

function itemLines(
  item: EvidenceItem,
  { names, width }: { names: ReadonlyMap<string, string>; width: number },
): Line[] {
  if (item.message) {
    const { message } = item;
    const who = names.get(message.sender_id) ?? "somebody";
    const head = line(
      message.named ? bold(" > ", "warn") : "   ",
      toned("muted", `${clockTime(message.created_at)} `),
      bold(who),
      " ",
    );
    const kind = message.message_type === "text" ? "" : `[${message.message_type}] `;
    return textLines(head, { text: kind + message.content, masked: item.masked, width });
  }
  if (item.profile) {
    const { profile } = item;
    const place = [profile.city, profile.country].filter(Boolean).join(", ");
    const head = line(
      "   ",
      toned("muted", "profile "),
      `${sanitise(profile.name)}, ${profile.age}, ${sanitise(place)}  `,
    );
    return [
      ...textLines(head, { text: profile.bio ?? "", masked: item.masked, width }),
      ...profile.profile_photos.flatMap((photo) =>
        textLines(line("     "), { text: photo, masked: null, width }),
      ),
    ];
  }
  if (item.picture) {
    const key = item.picture.size === 0 ? [] : line("  ", bold("[o]"), " open");
    return [line("   ", toned("muted", "picture "), pictureText(item.picture), ...key)];
  }
  if (!item.statement) return [];
  const { reason, description } = item.statement;
  const head = line("   ", toned("muted", "says    "), `${REASONS[reason].sign} ${words(reason)}  `);
  return textLines(head, { text: description ?? "", masked: item.masked, width });
}

interface TextOptions {
  readonly text: string;
  readonly masked: EvidenceItem["masked"];
  readonly width: number;
}

/** @returns A text after its head, going on in the column below; bars where it is hidden. */
export function textLines(head: Line, { text, masked, width }: TextOptions): Line[] {
  if (masked) {
    if (masked.length === 0) return [head];
    const bar = GLYPHS.hidden.repeat(Math.min(12, Math.max(3, Math.ceil(masked.length / 8))));
    return folded(head, line(toned("muted", `${bar} hidden, ${masked.length} chars`)), { width, indent: 5 });
  }
  if (text === "") return [head];
  const used = lineCells(head);
  // A head that takes half of the line leaves its text too little: it goes below.
  const indent = used <= width / 2 ? used : 5;
  const parts = sanitiseLines(text).flatMap((part) => wrap(part, Math.max(10, width - indent)));
  const below = (rest: readonly string[]) => rest.map((part) => line(" ".repeat(indent) + part));
  return indent === used
    ? [line(...head, parts[0] ?? ""), ...below(parts.slice(1))]
    : [head, ...below(parts)];
}
