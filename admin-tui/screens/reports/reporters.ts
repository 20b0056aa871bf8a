/**
 * Dismisses all that somebody reported in bad faith, and takes that back.
 * @module
 */
import type { Api } from "../../api.ts";
import { UNDO_MS, UNDO_REASON } from "../../desk/decisions.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { counted } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { QueueList } from "./queue_list.ts";
import { badFaithForm, nameOf } from "./reporter_record.ts";
import type { QueueRow } from "./rows.ts";

/** Asks whose reports are in bad faith, and dismisses all of them. */
export async function dismissBadFaith<Row extends QueueRow, D>(queue: QueueList<Row, D>): Promise<void> {
  const { desk, selected: row } = queue;
  if (!row || !desk.mayAct()) return;
  const reporters = queue.reportersOf(row);
  const [first] = reporters;
  if (!first) return desk.say("info", "Who reported them is not read yet: open the row first");
  const outcome = await submitForm(desk, {
    draft: `bad faith ${row.id}`,
    form: badFaithForm(reporters),
    async send({ who, reason = "" }) {
      const reporter = reporters.find((one) => nameOf(one) === who) ?? first;
      const { dismissed, left } = await desk.api.users.dismissReports(reporter.id, reason);
      const stay = left === 0 ? "" : `, ${left} left`;
      desk.say("ok", `${counted(dismissed.length, "report")} of ${sanitise(reporter.name)} dismissed${stay}`);
      const reportIds = dismissed.slice(0, 1);
      desk.set({ undo: { reportIds, until: desk.now() + UNDO_MS, isOfReporter: true } });
      await queue.refresh();
    },
  });
  if (typeof outcome !== "string") tellRefusal(desk, "Nothing was dismissed", outcome);
}

/** Opens reports again that were dismissed together; nobody holds them then. @returns How many. */
export async function restoreDismissed(reports: Api["reports"], named: string): Promise<number> {
  const { report, also } = await reports.undo(named, UNDO_REASON);
  // The server claims them for whoever undoes.
  await Promise.all([report.id, ...also].map((id) => reports.release(id).catch(() => {})));
  return 1 + also.length;
}

/** Takes back what {@link dismissBadFaith} has done. */
export async function undoBadFaith<Row extends QueueRow, D>(
  queue: QueueList<Row, D>,
  reportIds: readonly string[],
): Promise<void> {
  const { desk } = queue;
  const [named] = reportIds;
  if (named === undefined) return;
  try {
    const restored = await restoreDismissed(desk.api.reports, named);
    desk.say("ok", `${counted(restored, "report")} open again`);
    await queue.refresh();
  } catch (error) {
    desk.tell("They stay dismissed", error);
  }
}
