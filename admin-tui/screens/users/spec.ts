/**
 * People as a list-and-detail screen: looking them up, rows, a person's dossier. Pure.
 * @module
 */
import { fit } from "../../cells.ts";
import { age, count, counted, dateTime, handle, outcomeWords, words } from "../../format.ts";
import type { DrawOptions, ListSpec } from "../../list_screen/spec.ts";
import type { Filter, FilterProblem } from "../../list_screen/state.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, EMPTY, type Line, label, labelled, line, toned } from "../../spans.ts";
import type { Dossier } from "../../wire.ts";
import { sanctionLines } from "../reports/report_view.ts";
import { type Entry, entryOf, standingOf, waitingEntry } from "./entry.ts";

export const usersSpec: ListSpec<Entry, Dossier> = {
  name: "users",
  what: "people",
  filterHint:
    "the beginning of a name, a whole e-mail address, or an id; nothing: bans that wait for a second person",
  parse: parseFilter,
  async read(desk, query) {
    const { query: words, cursor } = query as { query?: string; cursor?: string };
    if (words === undefined) {
      const page = await desk.api.users.awaiting();
      return { rows: page.rows.map(waitingEntry), cursor: null };
    }
    const page = await desk.api.users.search(words, cursor === undefined ? {} : { cursor });
    return { rows: page.rows.map(entryOf), cursor: page.cursor };
  },
  readDetail: (desk, id) => desk.api.users.show(id),
  copied: ({ id }) => id,
  title: ({ text }) => (text === "" ? "Bans to confirm" : "Users"),
  empty: (isFiltered) =>
    isFiltered
      ? ["Nobody found", "names are found by their beginning, addresses as a whole"]
      : ["No ban waits for a second person", "press / and type a name to look somebody up"],
  heading,
  row: drawRow,
  detailTitle: ({ id, name }) => `${handle("U", id)}  ${name}`,
  detail: (entry, dossier, options) =>
    dossier ? dossierLines(dossier, options) : [line(bold(sanitise(entry.name)))],
  actions: [
    line(
      " ",
      bold("[w]"),
      " warn  ",
      bold("[m]"),
      " mute  ",
      bold("[S]"),
      " suspend  ",
      bold("[b]"),
      " ban…",
    ),
    line(" ", bold("[l]"), " lift…  ", bold("[a]"), " confirm ban…"),
  ],
};

/** All of the line is looked up. */
function parseFilter(text: string): Filter<Entry> | FilterProblem {
  if (text.length > 320) return { problem: "that is too long for a name or an address" };
  return { text, query: text === "" ? {} : { query: text }, lets: () => true, search: [] };
}

/** Sign, id, age and country, reports and standing with the blanks around them. */
const FIXED = 40;

function heading(width: number): Line {
  const name = Math.max(8, width - FIXED);
  const parts = [fit("NAME", name), fit("WHO", 6), fit("REP", 3, "right"), "STANDING"];
  return [toned("muted", `   ID       ${parts.join(" ")}`)];
}

function drawRow(entry: Entry, { width, now }: DrawOptions): Line {
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
    toned(openReports ? "bad" : "plain", fit(reports, 3, "right")),
    " ",
    toned(standing === "" ? "plain" : "warn", against),
  );
}

/** @returns Everything about a person. */
export function dossierLines(dossier: Dossier, options: DrawOptions): Line[] {
  const { user, sanctions, reports_against, reports_filed, blocks, activity } = dossier;
  const { width, now } = options;
  return [
    ...personLines(dossier, options),
    EMPTY,
    line(bold("SANCTIONS", "accent"), sanctions.length === 0 ? "  none" : ""),
    ...sanctions.slice(0, 10).flatMap((sanction) => sanctionLines(sanction, options)),
    EMPTY,
    line(bold("REPORTS", "accent"), `  against: ${sums(reports_against)}`),
    line(`   filed:   ${sums(reports_filed)}`),
    ...reports_against.latest
      .slice(0, 8)
      .map((report) => line("   ", toned("muted", handle("R", report.id)), `  ${outcomeWords(report, now)}`)),
    EMPTY,
    line(
      bold("ACTIVITY", "accent"),
      `  matches ${count(activity.matches)}, in 24 h: messages ${count(activity.messages_24h)}, requests ${count(activity.requests_24h)}`,
    ),
    line(`   blocked by ${count(blocks.against)}, blocks ${count(blocks.made)}`),
    ...(user.interests.length === 0 ? [] : labelled("interests", user.interests.join(", "), width)),
    ...user.profile_photos.flatMap((photo) => labelled("photo", photo, width)),
  ];
}

function personLines({ user, active_sessions }: Dossier, { width, now }: DrawOptions): Line[] {
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
    ...labelled("bio", user.bio ?? "", width),
  ];
}

function sums({ total, open, resolved, dismissed }: Dossier["reports_filed"]): string {
  return `${total}, ${open} open, ${resolved} upheld, ${dismissed} dismissed`;
}
