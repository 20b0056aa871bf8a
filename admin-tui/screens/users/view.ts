/**
 * People as rows, and a person's dossier. Pure.
 * @module
 */
import { fit, wrap } from "../../cells.ts";
import { age, count, counted, dateTime, handle, words } from "../../format.ts";
import { sanitise, sanitiseLines } from "../../sanitise.ts";
import { bold, EMPTY, type Line, line, toned } from "../../spans.ts";
import type { Dossier } from "../../wire.ts";
import { sanctionLines } from "../reports/case_view.ts";
import { type Entry, standingOf } from "./state.ts";

export const USER_ACTIONS: readonly Line[] = [
  line(" ", bold("[w]"), " warn  ", bold("[m]"), " mute  ", bold("[S]"), " suspend  ", bold("[b]"), " ban…"),
  line(" ", bold("[l]"), " lift…  ", bold("[a]"), " confirm ban…"),
];

/** Sign, id, age and country, reports and standing with the blanks around them. */
const FIXED = 40;

/** @returns The heading of the columns. */
export function userHeading(width: number): Line {
  const name = Math.max(8, width - FIXED);
  return [
    toned("muted", `   ID       ${fit("NAME", name)} ${fit("WHO", 6)} ${fit("REP", 3, "right")} STANDING`),
  ];
}

/** @returns One person as a row. */
export function userRow(entry: Entry, { width, now }: { width: number; now: number }): Line {
  const name = Math.max(8, width - FIXED);
  const { id, who, openReports, standing, waitsSince, role } = entry;
  const reports = openReports === null ? "" : openReports === 0 ? "-" : String(openReports);
  const against = waitsSince
    ? `ban waits ${age(waitsSince, now)}`
    : standing || (role === "user" ? "-" : role);
  return line(
    `   ${handle("U", id)} `,
    fit(sanitise(entry.name), name),
    ` ${fit(sanitise(who), 6)} `,
    openReports ? toned("bad", fit(reports, 3, "right")) : fit(reports, 3, "right"),
    " ",
    toned(standing === "" ? "plain" : "warn", against),
  );
}

/** @returns Everything about a person. */
export function dossierLines(dossier: Dossier, { width, now }: { width: number; now: number }): Line[] {
  const { user, active_sessions, sanctions, reports_against, reports_filed, blocks, activity } = dossier;
  const place = [user.city, user.state, user.country].filter(Boolean).join(", ");
  const standing = standingOf(user);
  const end = user.suspended_until ?? user.muted_until;
  const until = !user.banned && end ? ` until ${dateTime(end)}` : "";
  return [
    line(
      label("name"),
      bold(sanitise(user.name)),
      `  ${handle("U", user.id)}  ${user.role}${user.is_premium ? "  premium" : ""}`,
    ),
    line(label("e-mail"), sanitise(user.email)),
    line(label("born"), `${user.date_of_birth}, ${user.age}, ${words(user.gender)}, ${sanitise(place)}`),
    line(
      label("seen"),
      user.is_online ? toned("good", "online now") : `${age(user.last_active, now)} ago`,
      `  joined ${age(user.created_at, now)} ago  ${counted(active_sessions, "device")}`,
    ),
    line(label("standing"), standing === "" ? "nothing against them" : toned("bad", `${standing}${until}`)),
    ...textBlock(label("bio"), { text: user.bio ?? "", width }),
    EMPTY,
    line(bold("SANCTIONS", "accent"), sanctions.length === 0 ? "  none" : ""),
    ...sanctions.slice(0, 10).flatMap((sanction) => sanctionLines(sanction, { now, width, me: undefined })),
    EMPTY,
    line(bold("REPORTS", "accent"), `  against: ${sums(reports_against)}`),
    line(`   filed:   ${sums(reports_filed)}`),
    ...reports_against.latest.slice(0, 8).map(({ id, reason, status, action, created_at }) => {
      const outcome = action && action !== "none" ? `${status}, ${action}` : status;
      return line(
        "   ",
        toned("muted", handle("R", id)),
        `  ${words(reason)}  ${outcome}  ${age(created_at, now)} ago`,
      );
    }),
    EMPTY,
    line(
      bold("ACTIVITY", "accent"),
      `  matches ${count(activity.matches)}, in 24 h: messages ${count(activity.messages_24h)}, requests ${count(activity.requests_24h)}`,
    ),
    line(`   blocked by ${count(blocks.against)}, blocks ${count(blocks.made)}`),
    ...(user.interests.length === 0
      ? []
      : textBlock(label("interests"), { text: user.interests.join(", "), width })),
    ...user.profile_photos.flatMap((photo) => textBlock(label("photo"), { text: photo, width })),
  ];
}

function sums({ total, open, resolved, dismissed }: Dossier["reports_filed"]): string {
  return `${total}, ${open} open, ${resolved} upheld, ${dismissed} dismissed`;
}

function label(text: string) {
  return toned("muted", text.padEnd(10));
}

function textBlock(head: ReturnType<typeof label>, { text, width }: { text: string; width: number }): Line[] {
  const parts = sanitiseLines(text).flatMap((part) => wrap(part, Math.max(10, width - 10)));
  return parts.map((part, index) => (index === 0 ? line(head, part) : line(" ".repeat(10) + part)));
}
