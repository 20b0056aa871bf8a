/**
 * Somebody's case: the pages of their open reports, read together. Its texts are hidden and revealed together. Pure,
 * but for reading it.
 * @module
 */
import type { Api } from "../../api.ts";
import type { ReportDetail } from "../../wire.ts";
import { keepRevealed, withoutTexts } from "./evidence.ts";

/** See the module. */
export interface Case {
  /** The most urgent first. */
  readonly reports: readonly ReportDetail[];
  /** Reports that were not read, because there are too many. */
  readonly more: number;
}

/** Nobody reads the evidence of more reports for one decision. */
const MAX_REPORTS = 20;

/** @returns The case of these reports; one that is gone meanwhile is left out. */
export async function readCase(
  api: Pick<Api["reports"], "show">,
  ids: readonly string[],
  { reveal }: { reveal: boolean },
): Promise<Case> {
  const wanted = ids.slice(0, MAX_REPORTS);
  const pages = await Promise.allSettled(wanted.map((id) => api.show(id, { reveal })));
  const reports = pages.flatMap((page) => (page.status === "fulfilled" ? [page.value] : []));
  const failed = pages.find(({ status }) => status === "rejected");
  if (reports.length === 0 && failed?.status === "rejected") throw failed.reason;
  return { reports, more: ids.length - wanted.length };
}

export function isHidden({ reports }: Case): boolean {
  return reports.every(({ evidence }) => evidence.hidden);
}

/** @returns The case without its texts. */
export function hiddenCase(shown: Case): Case {
  return { ...shown, reports: shown.reports.map(withoutTexts) };
}

/** @returns The case read again; texts that are shown stay, since every reveal is one audit entry. */
export function keepRevealedCase(before: Case | null, fresh: Case): Case {
  const known = new Map(before?.reports.map((report) => [report.id, report]));
  return { ...fresh, reports: fresh.reports.map((page) => keepRevealed(known.get(page.id) ?? null, page)) };
}
