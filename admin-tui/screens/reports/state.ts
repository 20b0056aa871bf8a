/**
 * The queue and the case that is looked at. Pure.
 * @module
 */
import type { Failure } from "../../desk/failure.ts";
import {
  emptyList,
  type ListAction,
  type ListState,
  reduceList,
  selectedRow,
} from "../../desk/list_state.ts";
import type { ReportDetail, ReportRow } from "../../wire.ts";
import { matches, NO_FILTER, type ReportFilter } from "./filter.ts";

export const SORTS = ["sla", "age", "newest"] as const;
export type Sort = (typeof SORTS)[number];

/** The case in the detail pane. */
export interface OpenCase {
  readonly id: string;
  readonly detail: ReportDetail | null;
  readonly failure: Failure | null;
  /** When its load began, ms. */
  readonly since: number;
  /** The texts of its evidence are on the screen. */
  readonly isRevealed: boolean;
  readonly scroll: number;
}

export interface ReportsState {
  readonly list: ListState<ReportRow>;
  readonly filter: ReportFilter;
  readonly sort: Sort;
  readonly focus: "list" | "detail";
  readonly open: OpenCase | null;
  /** Reports that are claimed by this dashboard, and until when, ms. */
  readonly held: ReadonlyMap<string, number>;
}

export type ReportsAction =
  | { readonly type: "list"; readonly action: ListAction<ReportRow> }
  | { readonly type: "filtered"; readonly filter: ReportFilter }
  | { readonly type: "sorted"; readonly sort: Sort }
  | { readonly type: "focused"; readonly focus: ReportsState["focus"] }
  | { readonly type: "opening"; readonly id: string; readonly now: number }
  | { readonly type: "opened"; readonly detail: ReportDetail }
  | { readonly type: "openFailed"; readonly id: string; readonly failure: Failure }
  | { readonly type: "hidden" }
  | { readonly type: "scrolled"; readonly to: number }
  | { readonly type: "held"; readonly held: ReadonlyMap<string, number> };

export const INITIAL_REPORTS: ReportsState = {
  list: emptyList(),
  filter: NO_FILTER,
  sort: "sla",
  focus: "list",
  open: null,
  held: new Map(),
};

/** @returns The screen after an action. */
export function reduceReports(state: ReportsState, action: ReportsAction): ReportsState {
  switch (action.type) {
    case "list": {
      const list = reduceList(state.list, action.action);
      return list === state.list ? state : { ...state, list };
    }
    case "filtered": {
      const list = reduceList(state.list, { type: "filtered", lets: action.filter.lets });
      return { ...state, filter: action.filter, list };
    }
    case "sorted":
      return { ...state, sort: action.sort };
    case "focused":
      return state.focus === action.focus ? state : { ...state, focus: action.focus };
    case "opening":
      return { ...state, open: opening(state.open, action) };
    case "opened":
      return opened(state, action.detail);
    case "openFailed":
      if (state.open?.id !== action.id) return state;
      return { ...state, open: { ...state.open, failure: action.failure } };
    case "hidden":
      return state.open ? { ...state, open: hide(state.open) } : state;
    case "scrolled":
      return state.open ? { ...state, open: { ...state.open, scroll: Math.max(0, action.to) } } : state;
    case "held":
      return { ...state, held: action.held };
  }
}

/** Loading the same case again keeps what is there; another case starts from nothing. */
function opening(open: OpenCase | null, { id, now }: { id: string; now: number }): OpenCase {
  if (open?.id === id) return { ...open, failure: null };
  return { id, detail: null, failure: null, since: now, isRevealed: false, scroll: 0 };
}

/** What was revealed stays so when the rest is read again: the texts are the same, and one look is one audit entry. */
function opened(state: ReportsState, detail: ReportDetail): ReportsState {
  const { open } = state;
  if (open?.id !== detail.id) return state;
  const isRevealed = !detail.evidence.hidden;
  const kept = open.isRevealed && !isRevealed ? open.detail?.evidence : undefined;
  const next = kept ? { ...detail, evidence: kept } : detail;
  return {
    ...state,
    open: { ...open, detail: next, failure: null, isRevealed: isRevealed || kept !== undefined },
  };
}

function hide(open: OpenCase): OpenCase {
  if (!open.detail) return open;
  const items = open.detail.evidence.items.map(maskItem);
  const evidence = { ...open.detail.evidence, hidden: true, items };
  return { ...open, isRevealed: false, detail: { ...open.detail, evidence } };
}

type Item = ReportDetail["evidence"]["items"][number];

/** The texts leave the memory, too. */
function maskItem(item: Item): Item {
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

/** @returns The reports that an action is about: the marked ones, else the selected one. */
export function targetsOf({ list }: ReportsState): readonly ReportRow[] {
  if (list.marked.size > 0) return list.rows.filter(({ id }) => list.marked.has(id));
  const row = selectedRow(list);
  return row ? [row] : [];
}

/** @returns Where the next match of the search is, going round at the end. */
export function nextMatch({ list, filter }: ReportsState, step: 1 | -1): number | undefined {
  const total = list.shown.length;
  for (let distance = 1; distance <= total; distance++) {
    const index = (list.index + step * distance + total * 2) % total;
    const row = list.shown[index];
    if (row && matches(filter, row)) return index;
  }
  return undefined;
}

/** @returns The open report after the selected one, or before it when there is none after. */
export function nextOpen({ list }: ReportsState): number | undefined {
  const isOpen = (row: ReportRow) => row.status === "pending" || row.status === "reviewed";
  const after = list.shown.findIndex((row, index) => index > list.index && isOpen(row));
  if (after >= 0) return after;
  const before = list.shown.findLastIndex((row, index) => index < list.index && isOpen(row));
  return before >= 0 ? before : undefined;
}
