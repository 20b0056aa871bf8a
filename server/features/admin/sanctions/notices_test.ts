import { expect, test } from "bun:test";
import { newId } from "../../../lib/ids.ts";
import { SANCTION_KINDS } from "../../../protocol/models.ts";
import { liftedNotice, outcomeNotice, sanctionNotice } from "./notices.ts";

const id = newId();
const until = "2026-01-15T10:35:00.123Z";
const base = { id, reason: "Repeated insults", until, permanent: false };

test("a statement of reasons says what, why, until when and how to object", () => {
  for (const kind of SANCTION_KINDS) {
    const notice = sanctionNotice({ ...base, kind, until: kind === "warn" ? null : until });
    const told = kind === "ban" ? "suspend" : kind;
    expect(notice).toMatchObject({ notice: "sanction", kind: told, report_id: null });
    expect(notice.text).toContain("Why: Repeated insults");
    expect(notice.text).toContain(`Its number is ${id}`);
    expect(notice.text.includes("2026-01-15 10:35 UTC")).toBe(kind !== "warn");
  }
  expect(sanctionNotice({ ...base, kind: "ban", until: null, permanent: true }).text).toContain(
    "permanently",
  );
});

test("the reporter hears of an outcome, not of the measure", () => {
  const texts = SANCTION_KINDS.map((action) => outcomeNotice(id, { decision: "resolved", action }));
  expect(new Set(texts.map((notice) => JSON.stringify(notice))).size).toBe(1);
  expect(texts[0]).toMatchObject({ notice: "report_outcome", kind: null, until: null, report_id: id });
  const nothing = outcomeNotice(id, { decision: "dismissed", action: "none" });
  expect(nothing.text).not.toBe(texts[0]?.text as string);
});

test("a withdrawal names the kind", () => {
  expect(liftedNotice({ kind: "suspend", permanent: false })).toMatchObject({
    notice: "sanction_lifted",
    kind: "suspend",
    report_id: null,
  });
});
