/**
 * A day of moderation in a real terminal against a real server: 60 reports on 12 people, decided by report and by
 * person with the same outcome. It counts every key.
 * @module
 */
import { expect, test } from "bun:test";
import { startWorld, type World } from "./moderated_world.ts";
import { KEY, openTerminal, type RealTerminal } from "./real_terminal.ts";

/** Who is reported, and what becomes of them. */
const PLAN = {
  victor: "ban",
  lena: "mute",
  omar: "warn",
  ruby: "warn",
  piotr: "warn",
  zara: "warn",
  ines: "dismiss",
  tom: "dismiss",
  yuki: "dismiss",
  anya: "dismiss",
  max: "dismiss",
  kit: "dismiss",
} as const;
type Name = keyof typeof PLAN;
const NAMES = Object.keys(PLAN) as Name[];
const REPORTERS = ["Pat", "Kim", "Lou", "Uma", "Raj"];
const REASONS = ["harassment", "spam", "scam", "harassment", "other"] as const;

/** The keys of each decision, one a key press; the last ones of a ban are the name. */
const DECIDING: Readonly<Record<string, (name: string) => readonly string[]>> = {
  dismiss: () => ["x", KEY.down, KEY.enter],
  done: () => ["d", KEY.down, KEY.enter],
  warn: () => ["w", KEY.down, KEY.enter, "y"],
  mute: () => ["m", KEY.enter, KEY.down, KEY.enter, "y"],
  ban: (name) => ["b", KEY.down, KEY.enter, ...name, KEY.enter],
};

/** 12 people, each reported by the same five. */
async function busyWorld(): Promise<World> {
  const world = await startWorld({ isEmpty: true });
  const reporters = await Promise.all(REPORTERS.map((name) => world.person(name)));
  const people = await Promise.all(NAMES.map((name) => world.person(name)));
  for (const [index, by] of reporters.entries())
    for (const [place, about] of people.entries())
      await world.report({ by, about, reason: REASONS[index]!, age: 1 + index * 12 + place });
  return world;
}

/** Decides what is selected until nothing is open. @returns How many keys that took. */
async function workThrough(
  terminal: RealTerminal,
  { selected, decisions }: { selected: RegExp; decisions: number },
): Promise<number> {
  const sanctioned = new Set<Name>();
  let keys = 0;
  const press = (...presses: readonly string[]) => {
    keys += presses.length;
    terminal.press(presses.join(""));
  };
  let before = "";
  for (let decided = 0; decided < decisions; decided++) {
    const isNext = new RegExp(selected.source.replace("(", `(?!${before || "nothing"})(`), "m");
    const [, row = "", name = row] = isNext.exec(await terminal.shows(isNext)) as unknown as [
      string,
      string,
      Name,
    ];
    const plan = PLAN[name as Name];
    const isAgain = plan !== "dismiss" && sanctioned.has(name as Name);
    if (plan !== "dismiss") sanctioned.add(name as Name);
    press("v");
    await terminal.shows(`Evidence of ${row} shown`);
    press(...DECIDING[isAgain ? "done" : plan]!(name));
    await terminal.shows(new RegExp(`ok .*\\b${row}\\b.*(dismissed|resolved|warned|muted|suspended)`));
    before = row;
  }
  return keys;
}

async function outcome({ node }: World) {
  const { sql } = node.context.database;
  const [row] = await sql`
    select
      (select count(*)::int from user_reports where status in ('resolved', 'dismissed')) as decided,
      (select count(*)::int from user_reports where status = 'dismissed') as dismissed,
      (select array_agg(kind order by kind) from sanctions) as sanctions
  `;
  return row;
}

const DAY = { decided: 60, dismissed: 30, sanctions: ["ban", "mute", "warn", "warn", "warn", "warn"] };

test("60 reports by person: one decision for each of 12 people", async () => {
  await using world = await busyWorld();
  await using terminal = openTerminal({
    url: world.url,
    token: world.ana.token,
    columns: 120,
    rows: 40,
    isByPerson: true,
  });
  await terminal.shows("People 1-12 of 12");
  const keys = await workThrough(terminal, { selected: /^│> {2}([a-z]+) /, decisions: 12 });
  expect(await outcome(world)).toMatchObject(DAY);
  expect(keys).toBe(61);
}, 120_000);

/** 60 decisions take about a minute: `COUNT_KEYS=1` runs it. */
test.skipIf(!process.env.COUNT_KEYS)(
  "the same by report",
  async () => {
    await using world = await busyWorld();
    await using terminal = openTerminal({ url: world.url, token: world.ana.token, columns: 120, rows: 40 });
    await terminal.shows("of 60");
    const keys = await workThrough(terminal, { selected: /^│> {2}(R-\w{6}) (\w+) /, decisions: 60 });
    expect(await outcome(world)).toMatchObject(DAY);
    expect(keys).toBe(253);
  },
  120_000,
);
