/** What moderators do, key by key, against a server in memory and a clock that tests move. @module */
import { describe, expect, test } from "bun:test";
import { selectedRow } from "../../admin-tui/desk/list_state.ts";
import { KEYS } from "../../admin-tui/keys.ts";
import type { ReportRow } from "../../admin-tui/wire.ts";
import { AppError } from "../../server/protocol/errors.ts";
import { eventually } from "../harness/eventually.ts";
import {
  ANA,
  ago,
  BEN,
  blockRow,
  dossier,
  personRow,
  queue,
  reportDetail,
  reportRow,
  sanction,
  waitingBan,
} from "./fixtures.ts";
import { type Rehearsal, rehearse } from "./rehearsal.ts";

const MINUTE = 60_000;
const REPORTS = queue(6);
const [KIT, MIA, LEO, SAM] = REPORTS as [ReportRow, ReportRow, ReportRow, ReportRow];

const state = ({ dashboard }: Rehearsal) => dashboard.screens.reports.store.get();
const row = (play: Rehearsal, id: string) => state(play).list.rows.find((each) => each.id === id)!;
const selected = (play: Rehearsal) => selectedRow(state(play).list)?.reported.name;
const bodies = ({ server }: Rehearsal, name: string) =>
  server.calls.filter((call) => call.name === name).map(({ args }) => args);
const facts = ({ dashboard }: Rehearsal) => {
  const { overlay } = dashboard.desk.shell.get();
  return overlay?.kind === "dialog" ? overlay.dialog.spec.lines : [];
};
const conflict = (details: object) => new AppError("CONFLICT", "Somebody was faster", details as never);
/** What is under way in microtasks is over. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("many at a time", () => {
  test("are previewed, decided one by one, and taken back together", async () => {
    const done = reportRow(30, { status: "dismissed" });
    await using play = await rehearse({ reports: [...REPORTS, done] });
    play.press("space", "space", "j", "space", "G");
    await eventually(() => selected(play) === done.reported.name);
    play.press("space", "x");
    await play.asks(/^Dismiss 3 reports$/);
    expect(facts(play)).toEqual([
      "Nothing happens to the person. About 3 people.",
      "  R-F34739  kit  underage",
      "  R-2AC0EA  mia_29  harassment",
      "  R-99B44C  sam  scam  claimed by ben",
      "1 of the marked are decided already and left out",
      "1 will be refused unless their claim ends before",
    ]);
    play.server.change(SAM.id, { status: "reviewed" });
    play.server.answer({
      "reports.claim": async (id: string) => {
        if (id === SAM.id) throw conflict({ status: "reviewed", claimed_by: BEN, claimed_until: ago(-5) });
        return { ...play.server.report(id), claim: { by: ANA, until: ago(-10) } };
      },
    });
    play.press("down", "enter", "y");
    await play.says(/^2 dismissed, 1 refused \(Somebody was faster\)$/);
    expect(bodies(play, "reports.resolve").map(([id]) => id)).toEqual([KIT.id, MIA.id]);
    expect([row(play, KIT.id).status, row(play, MIA.id).status]).toEqual(["dismissed", "dismissed"]);
    expect(row(play, SAM.id)).toMatchObject({ status: "reviewed", claim: { by: BEN } });
    // What was refused stays marked, what was done does not.
    expect([...state(play).list.marked].toSorted()).toEqual([SAM.id, done.id].toSorted());
    play.press("u");
    await play.says(/^2 reports are open again$/);
    expect(bodies(play, "reports.undo").map(([id]) => id)).toEqual([KIT.id, MIA.id]);
  });

  test("of more than fit in the preview are counted; nothing happens without the word", async () => {
    await using play = await rehearse({ reports: queue(12) });
    play.press(...Array(12).fill("space"), "w");
    await play.asks(/^Warn 12 reports$/);
    expect(facts(play)).toContain("  and 4 more");
    play.press("down", "enter", "enter");
    expect(play.dialog()).toBeUndefined();
    await settled();
    expect(play.server.changes()).toEqual([]);
  });

  test.each(["b", "S"])("cannot be banned or suspended (%s)", async (key) => {
    await using play = await rehearse({ reports: REPORTS });
    play.press("space", "space", key);
    await play.says(/works on one report at a time: esc takes the marks away/);
    expect(play.dialog()).toBeUndefined();
    play.press("escape");
    expect(state(play).list.marked.size).toBe(0);
  });
});

describe("a decision", () => {
  async function dismissing(): Promise<Rehearsal & { answer: PromiseWithResolvers<unknown> }> {
    const play = await rehearse({ reports: REPORTS });
    const answer = Promise.withResolvers<unknown>();
    play.server.answer({ "reports.resolve": () => answer.promise });
    play.press("x", "down", "enter", "y");
    await eventually(() => bodies(play, "reports.resolve").length === 1);
    return { ...play, answer };
  }

  test("shows before the server has answered, and the next case is there", async () => {
    await using play = await dismissing();
    expect(row(play, KIT.id)).toMatchObject({ status: "dismissed", resolution: { by: { name: "ana" } } });
    expect(selected(play)).toBe("mia_29");
    play.answer.resolve({ report: { ...KIT, status: "dismissed" } });
    await play.says(/R-F34739 dismissed/);
    expect(play.dashboard.desk.shell.get().undo?.reportIds).toEqual([KIT.id]);
  });

  test("that came too late is put back as the server has it, with who made the other one", async () => {
    await using play = await dismissing();
    expect(row(play, KIT.id).status).toBe("dismissed");
    const read = Promise.withResolvers<unknown>();
    play.server.answer({ "reports.show": () => read.promise });
    play.answer.reject(conflict({ status: "resolved", resolved_by: BEN, resolved_at: ago(1) }));
    await play.says(/R-F34739 was resolved by ben 1m ago/);
    expect(row(play, KIT.id)).toMatchObject({ status: "resolved", resolution: { by: BEN }, claim: null });
    // What ben has done comes with the report itself.
    const resolution = { action: "warn", reason: "Insults", by: BEN, at: ago(1) } as const;
    read.resolve(reportDetail({ ...KIT, status: "resolved", resolution }));
    await eventually(() => row(play, KIT.id).resolution?.action === "warn");
    expect(play.dashboard.desk.shell.get().undo).toBeNull();
  });

  test("that the server does not take for another reason is put back as it was", async () => {
    await using play = await dismissing();
    const away = new AppError("SERVICE_UNAVAILABLE", "Try again");
    play.server.answer({ "reports.release": () => Promise.reject(away) });
    play.answer.reject(away);
    await play.says(/R-F34739 was not dismissed: Try again/);
    expect(row(play, KIT.id)).toEqual(KIT);
    // The selection has moved on: the claim that it needed is given back, too.
    await eventually(() => play.server.changes().at(-1) === "reports.release");
    expect(play.dashboard.desk.shell.get().undo).toBeNull();
  });

  test("is not asked about any further when somebody else has the case", async () => {
    await using play = await rehearse({ reports: REPORTS });
    const held = conflict({ status: "reviewed", claimed_by: BEN, claimed_until: ago(-5) });
    play.server.change(KIT.id, { status: "reviewed", claim: { by: BEN, until: ago(-5) } });
    play.server.answer({ "reports.claim": () => Promise.reject(held) });
    play.press("b");
    expect(play.dialog()).toBe("Ban kit");
    await play.says(/R-F34739 is claimed by ben until 12:05/);
    expect(play.dialog()).toBeUndefined();
    expect(row(play, KIT.id).claim?.by).toEqual(BEN);
  });
});

describe("undo", () => {
  test("takes the last decision back at once within 8 seconds", async () => {
    await using play = await rehearse({ reports: REPORTS });
    play.press("x", "down", "enter", "y");
    await play.says(/dismissed/);
    play.pass(7_999);
    play.press("u");
    await play.says(/R-F34739 is open again, claimed by you/);
    expect(play.dialog()).toBeUndefined();
    expect(bodies(play, "reports.undo")).toEqual([[KIT.id, "Taken back within seconds"]]);
    expect(selected(play)).toBe("kit");
  });

  test("asks for a reason after that, of the report under the cursor", async () => {
    await using play = await rehearse({ reports: REPORTS });
    play.press("x", "down", "enter", "y");
    await play.says(/dismissed/);
    play.pass(8_000);
    play.press("u");
    await play.says(/There is nothing to undo here/);
    play.press("k", "u");
    await play.asks(/^Take back R-F34739$/);
    play.press("enter", "y");
    expect(play.dialog()).toBe("Take back R-F34739");
    play.press("down", "enter", "y");
    await play.says(/is open again/);
    expect(bodies(play, "reports.undo")).toEqual([[KIT.id, "Decided by mistake"]]);
  });
});

describe("a claim", () => {
  const claims = (play: Rehearsal) => play.server.changes();
  const turn = async (play: Rehearsal, ms: number) => {
    play.pass(ms);
    play.dashboard.screens.reports.turn?.();
    await settled();
  };

  async function claimed(): Promise<Rehearsal> {
    const play = await rehearse({ reports: REPORTS });
    play.press("c");
    await play.says(/R-F34739 is yours for 10 minutes/);
    return play;
  }

  test("is renewed while its case is looked at, when less than six minutes are left", async () => {
    await using play = await claimed();
    await turn(play, 4 * MINUTE);
    expect(claims(play)).toEqual(["reports.claim"]);
    await turn(play, 1_000);
    expect(claims(play)).toEqual(["reports.claim", "reports.claim"]);
    expect(state(play).held.get(KIT.id)).toBe(Date.parse(ago(-10)) + 4 * MINUTE + 1_000);
    for (let minute = 0; minute < 60; minute++) await turn(play, MINUTE);
    expect(state(play).held.has(KIT.id)).toBe(true);
    expect(claims(play).length).toBeGreaterThan(10);
  });

  test("is renewed for ten minutes on another screen, then runs out", async () => {
    await using play = await claimed();
    play.press("3");
    for (let minute = 0; minute < 10; minute++) await turn(play, MINUTE);
    const renewed = claims(play).length;
    expect(renewed).toBeGreaterThanOrEqual(2);
    for (let minute = 0; minute < 10; minute++) await turn(play, MINUTE);
    expect(claims(play)).toHaveLength(renewed);
    expect(state(play).held.size).toBe(0);
    // Back in front of it, nothing is claimed by itself.
    play.press("1");
    await turn(play, MINUTE);
    expect(claims(play)).toHaveLength(renewed);
  });

  test("that somebody else has got meanwhile is said, with who", async () => {
    await using play = await claimed();
    const lost = conflict({ status: "reviewed", claimed_by: BEN, claimed_until: ago(-15) });
    play.server.answer({ "reports.claim": () => Promise.reject(lost) });
    await turn(play, 5 * MINUTE);
    await play.says(/Your claim is gone: R-F34739 is claimed by ben until 12:15/);
    expect(state(play).held.size).toBe(0);
  });

  test("outlives a line that is gone for a moment", async () => {
    await using play = await claimed();
    play.server.answer({ "reports.claim": () => Promise.reject(new Error("no route")) });
    await turn(play, 5 * MINUTE);
    expect(state(play).held.has(KIT.id)).toBe(true);
    play.server.answer({ "reports.claim": (id: string) => play.server.report(id) });
    await turn(play, 1_000);
    expect(claims(play)).toHaveLength(3);
  });

  test.each([
    ["moves on to the next", (play: Rehearsal) => play.press("j")],
    ["presses Escape", (play: Rehearsal) => play.press("escape")],
    ["presses c again", (play: Rehearsal) => play.press("c")],
    ["leaves the dashboard", (play: Rehearsal) => play.dashboard.close()],
  ])("is given back when its holder %s", async (_, leave) => {
    await using play = await claimed();
    void leave(play);
    await eventually(() => claims(play).includes("reports.release"), { what: "the release" });
    expect(state(play).held.size).toBe(0);
  });
});

describe("what others do", () => {
  test("shows on the row at once, and with a name as soon as it is read", async () => {
    await using play = await rehearse({ reports: REPORTS });
    const read = Promise.withResolvers<unknown>();
    play.server.answer({ "reports.show": () => read.promise });
    play.tell({
      type: "report_updated",
      data: { report_id: LEO.id, status: "reviewed", claimed_by: BEN.id, actor_id: BEN.id } as never,
    });
    expect(row(play, LEO.id)).toMatchObject({ status: "reviewed", claim: { by: { id: BEN.id, name: "…" } } });
    read.resolve({ ...LEO, status: "reviewed", claim: { by: BEN, until: ago(-10) } });
    await eventually(() => row(play, LEO.id).claim?.by.name === "ben");
  });

  test("never moves the cursor: new reports are counted and wait for R", async () => {
    await using play = await rehearse({ reports: REPORTS });
    play.press("j", "j");
    for (let count = 0; count < 3; count++)
      play.tell({ type: "report_created", data: { report_id: "a", reported_id: "b", reason: "spam" } });
    expect([state(play).list.news, state(play).list.rows.length, selected(play)]).toEqual([3, 6, "leo"]);
    play.server.answer({ "reports.list": () => ({ rows: [reportRow(40), ...REPORTS], cursor: null }) });
    play.press("R");
    await eventually(() => state(play).list.rows.length === 7);
    expect([state(play).list.news, selected(play)]).toEqual([0, "leo"]);
  });
});

describe("finding", () => {
  test("sorting asks the server, in a round, and by command", async () => {
    await using play = await rehearse({ reports: REPORTS });
    play.press("j");
    const sorts = () => bodies(play, "reports.list").map(([query]) => (query as { sort: string }).sort);
    for (const key of ["s", "s", "s"]) {
      play.press(key);
      await eventually(() => state(play).list.phase === "ready");
    }
    expect(sorts()).toEqual(["sla", "age", "newest", "sla"]);
    // The cursor stays on its report.
    expect(selected(play)).toBe("mia_29");
    play.press(":");
    play.type("sort newest");
    play.press("enter");
    await play.says(/Sorted by newest/);
    expect(sorts().at(-1)).toBe("newest");
  });

  test("searching jumps from match to match and hides nothing", async () => {
    await using play = await rehearse({ reports: REPORTS });
    play.press("/");
    play.type("m");
    play.press("enter");
    await eventually(() => selected(play) === "mia_29");
    for (const [key, name] of [
      ["n", "leo"],
      ["n", "sam"],
      ["n", "mr.invest"],
      ["n", "mia_29"],
      ["N", "mr.invest"],
      ["N", "sam"],
    ] as const) {
      play.press(key);
      expect(selected(play)).toBe(name);
    }
    expect(state(play).list.shown).toHaveLength(6);
    play.press("/");
    // Ctrl-U empties the line.
    play.press("ctrl+u");
    play.type("nobody");
    play.press("enter");
    await play.says(/No report here has nobody/);
    expect(selected(play)).toBe("sam");
  });

  test("jumping goes to a row's number, a handle, an id, and says what is not there", async () => {
    await using play = await rehearse({ reports: REPORTS });
    const go = async (words: string) => {
      play.press(":");
      play.type(words);
      play.press("enter");
      await settled();
    };
    for (const [words, name] of [
      ["3", "leo"],
      ["R-2AC0EA", "mia_29"],
      ["99b44c", "sam"],
      [KIT.id, "kit"],
      ["999", "Noor"],
    ] as const) {
      await go(words);
      expect(selected(play)).toBe(name);
    }
    await go("R-ABCDEF");
    const { overlay } = play.dashboard.desk.shell.get();
    expect(overlay?.kind === "prompt" && overlay.prompt.error).toBe("R-ABCDEF is not in this list");
    play.press("escape");
    await go("audit");
    expect(play.dashboard.desk.shell.get().screen).toBe("audit");
    await go("q");
    expect(play.quits()).toBe(1);
  });

  test("a key typed right behind a command means what the command went to", async () => {
    await using play = await rehearse({ reports: REPORTS });
    play.press(":");
    play.type("R-99B44C");
    play.press("enter", "c");
    await play.says(/R-99B44C is yours/);
    expect(bodies(play, "reports.claim")).toEqual([[SAM.id]]);
  });

  test("a filter goes to the server as far as it knows it", async () => {
    await using play = await rehearse({ reports: REPORTS });
    play.press("/");
    play.type("cat:scam owner:none age>2h user:sam");
    play.press("enter");
    await eventually(() => bodies(play, "reports.list").length === 2);
    expect(bodies(play, "reports.list")[1]).toEqual([
      { reason: "scam", assignee: "none", older_than_minutes: 120, sort: "sla" },
    ]);
    await eventually(() => state(play).list.shown.length === 1);
  });

  test("y puts the whole id on the clipboard", async () => {
    await using play = await rehearse({ reports: REPORTS });
    play.press("j", "y");
    expect(play.copied).toEqual([MIA.id]);
  });
});

test("a note is written with the case, and never empty", async () => {
  await using play = await rehearse({ reports: REPORTS });
  play.press("e", "enter");
  expect(play.dialog()).toBe("Note on R-F34739");
  play.type("seen before");
  play.press("enter");
  await play.says(/Note added to R-F34739/);
  expect(bodies(play, "reports.note")).toEqual([[KIT.id, "seen before"]]);
});

describe("blocks", () => {
  const BLOCKS = [blockRow(0), blockRow(1), blockRow(2)];
  const blocks = ({ dashboard }: Rehearsal) => dashboard.screens.blocks.store.get();

  async function onBlocks(): Promise<Rehearsal> {
    const play = await rehearse({ blocks: BLOCKS });
    play.press("2");
    await eventually(() => blocks(play).list.phase === "ready");
    play.press("j");
    return play;
  }

  test("are lifted with a reason, and gone", async () => {
    await using play = await onBlocks();
    play.press("l");
    expect(facts(play)[1]).toBe("blocker_1 is told that the block is lifted, and may block again.");
    play.press("enter", "y");
    expect(play.server.changes()).toEqual([]);
    play.press("down", "enter", "y");
    await play.says(/B-000301 lifted/);
    expect(bodies(play, "blocks.lift")).toEqual([[BLOCKS[1]!.id, "Asked for by its owner"]]);
    expect(blocks(play).list.rows.map(({ id }) => id)).toEqual([BLOCKS[0]!.id, BLOCKS[2]!.id]);
  });

  test("are upheld with a reason, and marked", async () => {
    await using play = await onBlocks();
    play.press("h", "down", "enter", "y");
    await play.says(/B-000301 upheld/);
    expect(bodies(play, "blocks.uphold")).toEqual([[BLOCKS[1]!.id, "Looked at: justified"]]);
    expect(blocks(play).list.rows[1]?.upheld?.by).toEqual(ANA);
  });

  test("that are gone meanwhile stay as they are, and the list is read again", async () => {
    await using play = await onBlocks();
    play.server.answer({ "blocks.lift": () => Promise.reject(new AppError("NOT_FOUND", "It is gone")) });
    play.press("l", "down", "enter", "y");
    await play.says(/B-000301 stays as it is: It is gone/);
    expect(bodies(play, "blocks.list")).toHaveLength(2);
    expect(blocks(play).list.rows).toHaveLength(3);
  });
});

describe("people", () => {
  const users = ({ dashboard }: Rehearsal) => dashboard.screens.users.store.get();

  /** The dossier is there. */
  async function onDossier(options: Parameters<typeof rehearse>[0]): Promise<Rehearsal> {
    const play = await rehearse(options);
    play.press("4");
    await eventually(() => users(play).list.phase === "ready");
    play.press("enter");
    await eventually(() => users(play).open?.detail);
    return play;
  }

  const BAN = waitingBan();
  const dossierWith = (...sanctions: ReturnType<typeof sanction>[]) => ({
    "users.show": (id: string) => dossier({ id, name: "sam" }, { sanctions }),
  });

  test("whose ban waits are confirmed by somebody else, who types the name", async () => {
    await using play = await onDossier({
      waiting: [{ ...BAN, user: personRow(1, { name: "sam" }) }],
      answers: dossierWith(BAN),
    });
    play.press("a");
    await play.asks(/^Confirm the ban of sam$/);
    expect(facts(play)).toEqual(["ben says: Asked people for money", "Your word makes it permanent."]);
    play.press("down", "enter");
    play.type("sa");
    play.press("enter", "tab", "tab", "y");
    expect(play.server.changes()).toEqual([]);
    play.press("m", "enter", "y");
    await play.says(/sam is banned for good/);
    const body = { sanctionId: BAN.id, reason: "Checked the evidence: justified" };
    expect(bodies(play, "users.confirm").map(([, confirmed]) => confirmed)).toEqual([body]);
  });

  test("whose ban I imposed myself cannot be confirmed by me", async () => {
    const answers = dossierWith({ ...BAN, created_by: ANA });
    await using play = await onDossier({ waiting: [BAN], answers });
    play.press("a");
    await play.says(/It takes somebody else than who imposed it/);
    expect(play.dialog()).toBeUndefined();
  });

  test("have a sanction lifted; of several, the one that is chosen", async () => {
    const [one, two, over] = [
      sanction({ id: "01980000-0000-7000-8000-0000000000aa", kind: "mute" }),
      sanction({ id: "01980000-0000-7000-8000-0000000000bb", kind: "suspend" }),
      sanction({ id: "01980000-0000-7000-8000-0000000000cc", kind: "warn", state: "expired" }),
    ];
    await using play = await onDossier({ waiting: [BAN], answers: dossierWith(one, two, over) });
    play.press("l");
    await play.asks(/^Lift a sanction of sam$/);
    play.press("down", "enter", "down", "enter", "y");
    await play.says(/The suspend is lifted/);
    expect(bodies(play, "users.lift")[0]?.[1]).toEqual({ sanctionId: two.id, reason: "Appeal granted" });
  });

  test("without a sanction have none to lift", async () => {
    await using play = await onDossier({ waiting: [BAN], answers: dossierWith() });
    play.press("l");
    await play.says(/There is no sanction to lift/);
    play.press("a");
    await play.says(/There is no ban here that waits for a second person/);
  });

  test("are sanctioned from their dossier, a ban with the name typed", async () => {
    await using play = await onDossier({ waiting: [BAN], answers: dossierWith() });
    play.press("b");
    await play.asks(/^Ban sam$/);
    play.press("down", "enter");
    play.type("sam");
    play.press("enter", "y");
    await play.says(/sam banned/);
    expect(bodies(play, "users.sanction")[0]?.[1]).toMatchObject({ action: "ban" });
  });
});

/** Keys that change nothing; every other one in the table must be refused. */
const HARMLESS = new Set(
  "down up pageDown pageUp top bottom open back filter nextMatch previousMatch copy pane mark sort reveal person freeze".split(
    " ",
  ),
);

describe.each([
  ["--readonly", (play: Rehearsal) => play, /^Read-only: started with --readonly$/],
  [
    "a line that is lost",
    (play: Rehearsal) => play.tell({ type: "down", retryInMs: 9 }),
    /^Not possible now: the connection is lost/,
  ],
  [
    "a session that is over",
    (play: Rehearsal) => {
      play.become("expired");
      // The way in is left for now.
      play.press("escape");
    },
    /^Not possible now: the session has ended/,
  ],
] as const)("%s", (name, begin, words) => {
  const screens = { reports: "1", blocks: "2", live: "3", users: "4", audit: "5" } as const;
  const refused = KEYS.filter((entry) => entry.in in screens && !HARMLESS.has(entry.action));

  test("leaves some keys to refuse", () => {
    expect(refused.map((entry) => entry.action)).toEqual(
      expect.arrayContaining(["claim", "ban", "undo", "note", "lift", "uphold", "confirm"]),
    );
  });

  test.each(refused.map((entry) => [entry.in, entry.action, entry] as const))(
    "refuses in %s to %s",
    async (screen, _, entry) => {
      const waiting = [{ ...waitingBan(), user: personRow(1) }];
      const answers = {
        "users.show": (id: string) => dossier({ id, name: "sam" }, { sanctions: [waitingBan(), sanction()] }),
      };
      await using play = await rehearse({
        reports: REPORTS,
        blocks: [blockRow(1)],
        waiting,
        answers,
        isReadonly: name === "--readonly",
      });
      play.press(screens[screen as keyof typeof screens]);
      const { users, blocks } = play.dashboard.screens;
      if (screen === "blocks") await eventually(() => blocks.store.get().list.phase === "ready");
      if (screen === "users") {
        await eventually(() => users.store.get().list.phase === "ready");
        play.press("enter");
        await eventually(() => users.store.get().open?.detail);
      }
      begin(play);
      for (const key of entry.keys) {
        play.dashboard.desk.say("ok", "nothing yet");
        play.press(key);
        await play.says(words);
        expect(play.dialog()).toBeUndefined();
      }
      expect(play.server.changes()).toEqual([]);
    },
  );
});
