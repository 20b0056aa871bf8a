import { describe, expect, test } from "bun:test";
import { ANA, ago, BEN, FIXED_NOW, idOf, queue, reportDetail, sanction } from "../../../test/tui/fixtures.ts";
import { drawApp, drawLines, paintLines } from "../../../test/tui/ink_frames.tsx";
import { cells } from "../../cells.ts";
import type { ReportDetail } from "../../wire.ts";
import { reportHead, reportLines, reportTitle } from "./report_view.ts";

const [, ROW] = queue(3) as [never, ReturnType<typeof queue>[number]];
const OPTIONS = { width: 60, now: FIXED_NOW, me: ANA.id };

async function shown(facts: Partial<ReportDetail> & { reveal?: boolean } = {}): Promise<string> {
  const lines = await drawLines(reportLines(reportDetail({ ...ROW, ...facts }, facts), OPTIONS), 60);
  for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(60);
  return lines.join("\n");
}

describe("the evidence", () => {
  test("is sealed until somebody asks for it: bars, and how long each text is", async () => {
    const text = await shown();
    expect(text).toContain("EVIDENCE  6 messages, 6 sealed  [v] reveal");
    expect(text).toContain(" > 11:24 mia_29 ███ hidden, 20 chars");
    expect(text).toContain("says    ! harassment  ███ hidden, 17 chars");
    for (const secret of ["idiot", "where you work", "She does not stop", "climbing"])
      expect(text).not.toContain(secret);
  });

  test("shows who said what and when once it is revealed, the named messages by a sign", async () => {
    const text = await shown({ reveal: true });
    expect(text).toContain("[v] hide");
    expect(text).toContain("   11:20 Pat Hi, how was your week?");
    expect(text).toContain(" > 11:24 mia_29 ANSWER ME, you idiot");
    expect(text).toContain("says    ! harassment  She does not stop");
    expect(text).not.toContain("hidden");
    expect(text).not.toContain("█");
  });

  test("that was tampered with, or whose key is gone, says so", async () => {
    const { evidence } = reportDetail(ROW);
    const broken = { ...evidence, intact: false, problem: "item 3 was \u001b[2Jchanged" };
    expect(await shown({ evidence: broken })).toContain("! the seal is broken: item 3 was �[2Jchanged");
    const gone = { ...evidence, readable: false, items: [] };
    expect(await shown({ evidence: gone })).toContain("! the key was destroyed at the end of its term");
    expect(await shown()).not.toContain("!  the");
  });

  test("breaks long texts in their column, lines of their own stay lines", async () => {
    const { evidence } = reportDetail(ROW, { reveal: true });
    const items = evidence.items.slice(2, 3).map((item) => ({
      ...item,
      message: { ...item.message!, content: `one\ntwo ${"long ".repeat(20)}` },
    }));
    const text = await shown({ evidence: { ...evidence, items } });
    const column = text
      .split("\n")
      .find((line) => line.includes("11:20 Pat one"))!
      .indexOf("one");
    expect(text).toContain(`\n${" ".repeat(column)}two long`);
    expect(text.match(/long/g)).toHaveLength(20);
  });

  test("is revealed by one key and hidden by the same, and each look is one call", async () => {
    await using app = await drawApp({ reports: [ROW], size: { columns: 120, rows: 40 } });
    await app.shows("hidden, 20 chars");
    app.send("v");
    expect(await app.shows("ANSWER ME, you idiot")).toContain("the audit log has it");
    app.send("v");
    await app.hides("idiot");
    await app.shows("hidden, 20 chars");
    const looks = app.server.calls.filter(({ name, args }) => {
      return name === "reports.show" && (args[1] as { reveal: boolean }).reveal;
    });
    expect(looks).toHaveLength(1);
    // What is hidden has left the memory.
    expect(JSON.stringify(app.dashboard.desk.state)).not.toContain("idiot");
  });
});

describe("the days of the evidence", () => {
  const messagesAt = (...times: string[]) => {
    const { evidence } = reportDetail(ROW);
    const message = evidence.items[2]!;
    const items = times.map((created_at) => ({ ...message, message: { ...message.message!, created_at } }));
    return shown({ evidence: { ...evidence, items } });
  };

  test("each have a line with the date and how long ago that was, before the first message of the day", async () => {
    const text = await messagesAt(ago(3 * 1_440 + 1), ago(3 * 1_440), ago(30));
    expect(text).toMatch(/── 2026-01-12, 3d ago\n.*\n.*\n.*── 2026-01-15, 30m ago\n/);
    expect(text.match(/──/g)).toHaveLength(2);
  });
});

describe("the head of a report", () => {
  const head = async (facts: Partial<typeof ROW>) =>
    (await drawLines(reportHead({ ...ROW, ...facts }, OPTIONS), 60)).join("\n");

  test("says whom it is about, who reports them, and since when", async () => {
    const text = await head({});
    expect(text).toContain("reported  mia_29  joined 45d  2 decided before");
    expect(text).toContain("by        Pat  4 reporters  12m ago");
    expect(await head({ prior_reports: 0, reporter_count: 1 })).toMatch(/no priors\n.* Pat {2}12m ago/);
  });

  test.each([
    ["nobody", null, "claimed   nobody              [c] claim"],
    ["me", { by: ANA, until: ago(-10) }, "claimed   you until 12:10"],
    ["somebody else", { by: BEN, until: ago(-7) }, "claimed   @ben until 12:07"],
  ])("says that %s has it", async (_, claim, words) => {
    expect(await head({ claim })).toContain(words);
  });

  test.each([
    ["banned", { banned: true }, "standing  banned for good"],
    ["suspended", { suspended_until: ago(-60) }, "standing  suspended until 2026-01-15 13:00"],
    ["muted", { muted_until: ago(-60) }, "standing  muted until 2026-01-15 13:00"],
  ])("says that the person is %s", async (_, facts, words) => {
    expect(await head({ reported: { ...ROW.reported, ...facts } })).toContain(words);
    expect(await head({})).not.toContain("standing");
  });

  test("says that a ban waits for a second person until it is confirmed", async () => {
    const { history } = reportDetail(ROW);
    const reported = { ...ROW.reported, suspended_until: ago(-60) };
    const ban = sanction({ kind: "ban", state: "awaiting_confirmation" });
    const text = await shown({ reported, history: { ...history, sanctions: [ban] } });
    expect(text.replaceAll(/\s+/g, " ")).toContain(
      "standing suspended until 2026-01-15 13:00 a ban waits for a second person",
    );
  });

  test("of a decided report says what was decided, by whom, and why", async () => {
    const resolution = { action: "warn", reason: "Insults", by: BEN, at: ago(3) } as const;
    const text = await head({ status: "resolved", resolution });
    expect(text).toContain("decision  resolved, warn by ben 3m ago");
    expect(text).toContain("reason    Insults");
    expect(text).not.toContain("[c] claim");
  });

  test("has its state and its deadline in the border, the deadline only while it is open", () => {
    expect(reportTitle(ROW, FIXED_NOW)).toBe("R-2AC0EA harassment OPEN SLA 48m left");
    expect(reportTitle(ROW, FIXED_NOW + 3_600_000)).toContain("SLA 12m over");
    expect(reportTitle({ ...ROW, status: "dismissed" }, FIXED_NOW)).toBe("R-2AC0EA harassment DISMISSED");
  });
});

describe("what surrounds a report", () => {
  test("is there: other open reports, sanctions, notes, what happened", async () => {
    const other = {
      id: idOf(77),
      reason: "spam",
      status: "pending",
      priority: 2,
      created_at: ago(90),
      due_at: ago(-90),
      reporter: { id: idOf(78), name: "Kim" },
      reporter_record: { total: 1, open: 1, resolved: 0, dismissed: 0 },
      claim: { by: BEN, until: ago(-1) },
    } as const;
    const { history } = reportDetail(ROW);
    const text = await shown({
      others: [other],
      history: { ...history, sanctions: [sanction({ permanent: true, kind: "ban", until: null })] },
    });
    expect(text).toContain("ALSO OPEN  1 report about the same person");
    expect(text).toContain("~ R-000077  spam  by Kim (1 filed, 0 upheld)  1h  @ben");
    expect(text).toContain("other reports 2: 0 open, 1 upheld, 1 dismissed");
    expect(text).toContain("blocked by 3 now");
    expect(text).toContain("ban in force  for good by ben 24h ago");
    expect(text).toMatch(/ben 8m ago {2}Same words as in the report\s+of last week/);
    expect(text).toMatch(/2026-01-15 11:51 claimed by ben/);
  });

  test("says that there are no notes yet, and is silent about what there is none of", async () => {
    const text = await shown({ notes: [] });
    expect(text).toContain("NOTES  none  [e] add");
    expect(text).not.toContain("ALSO OPEN");
  });

  test("says in red what is in force, and not what is over", async () => {
    const { history } = reportDetail(ROW);
    const painted = async (state: "in_force" | "lifted") =>
      await paintLines(
        reportLines(
          reportDetail(ROW, { history: { ...history, sanctions: [sanction({ state })] } }),
          OPTIONS,
        ),
        60,
      );
    expect(await painted("in_force")).toContain("\u001b[31msuspend in force");
    expect(await painted("lifted")).toContain("\u001b[2msuspend lifted");
  });
});
