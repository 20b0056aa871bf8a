/**
 * What an appeal is judged by: the page of the report behind the decision, with its evidence.
 * @module
 */
import type { Api } from "../../api.ts";
import type { AppealRow, ReportDetail } from "../../wire.ts";

/** See the module. */
export interface AppealCase {
  /** Null: the decision was about no report. */
  readonly report: ReportDetail | null;
}

/** @returns The case of an appeal, with the texts of the evidence or without. */
export async function readCase(
  api: Pick<Api["reports"], "show">,
  row: AppealRow | undefined,
  { reveal }: { reveal: boolean },
): Promise<AppealCase> {
  return { report: row?.report ? await api.show(row.report.id, { reveal }) : null };
}
