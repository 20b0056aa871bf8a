/**
 * The texts of the evidence in memory: kept while they are shown, removed when they are hidden. Pure.
 * @module
 */
import type { EvidenceItem, ReportDetail } from "../../wire.ts";

/** @returns The report read again; texts that are shown stay, since every reveal is one audit entry. */
export function keepRevealed(before: ReportDetail | null, fresh: ReportDetail): ReportDetail {
  const isShown = before?.id === fresh.id && !before.evidence.hidden;
  return isShown && fresh.evidence.hidden ? { ...fresh, evidence: before.evidence } : fresh;
}

/** @returns The report without its texts. */
export function withoutTexts(detail: ReportDetail): ReportDetail {
  const items = detail.evidence.items.map(maskItem);
  return { ...detail, evidence: { ...detail.evidence, hidden: true, items } };
}

function maskItem(item: EvidenceItem): EvidenceItem {
  const text = item.message?.content ?? item.profile?.bio ?? item.statement?.description ?? "";
  return {
    ...item,
    masked: { length: [...text].length },
    message: item.message && { ...item.message, content: "" },
    profile: item.profile && {
      ...item.profile,
      bio: item.profile.bio && "",
      profile_photos: [],
      interests: [],
    },
    statement: item.statement && { ...item.statement, description: item.statement.description && "" },
  };
}
