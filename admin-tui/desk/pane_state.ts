/**
 * A list and the detail of its selected row: the state of the simpler screens. Pure.
 * @module
 */
import type { Failure } from "./failure.ts";
import { emptyList, type ListAction, type ListState, reduceList } from "./list_state.ts";

/** The detail of a row. */
export interface Opened<Detail> {
  readonly id: string;
  readonly detail: Detail | null;
  readonly failure: Failure | null;
  /** When its load began, ms. */
  readonly since: number;
  readonly scroll: number;
}

export interface PaneState<Row extends { readonly id: string }, Detail> {
  readonly list: ListState<Row>;
  readonly focus: "list" | "detail";
  /** The filter as it was typed. */
  readonly filter: string;
  readonly open: Opened<Detail> | null;
}

export type PaneAction<Row extends { readonly id: string }, Detail> =
  | { readonly type: "list"; readonly action: ListAction<Row> }
  | { readonly type: "filtered"; readonly filter: string; readonly lets: (row: Row) => boolean }
  | { readonly type: "focused"; readonly focus: "list" | "detail" }
  | { readonly type: "opening"; readonly id: string; readonly now: number }
  | { readonly type: "opened"; readonly id: string; readonly detail: Detail }
  | { readonly type: "openFailed"; readonly id: string; readonly failure: Failure }
  | { readonly type: "scrolled"; readonly to: number };

export function emptyPane<Row extends { readonly id: string }, Detail>(): PaneState<Row, Detail> {
  return { list: emptyList(), focus: "list", filter: "", open: null };
}

/** @returns The screen after an action. */
export function reducePane<Row extends { readonly id: string }, Detail>(
  state: PaneState<Row, Detail>,
  action: PaneAction<Row, Detail>,
): PaneState<Row, Detail> {
  switch (action.type) {
    case "list": {
      const list = reduceList(state.list, action.action);
      return list === state.list ? state : { ...state, list };
    }
    case "filtered":
      return {
        ...state,
        filter: action.filter,
        list: reduceList(state.list, { type: "filtered", lets: action.lets }),
      };
    case "focused":
      return state.focus === action.focus ? state : { ...state, focus: action.focus };
    case "opening": {
      const { id, now } = action;
      if (state.open?.id === id) return { ...state, open: { ...state.open, failure: null } };
      return { ...state, open: { id, detail: null, failure: null, since: now, scroll: 0 } };
    }
    case "opened":
      return state.open?.id === action.id
        ? { ...state, open: { ...state.open, detail: action.detail, failure: null } }
        : state;
    case "openFailed":
      return state.open?.id === action.id
        ? { ...state, open: { ...state.open, failure: action.failure } }
        : state;
    case "scrolled":
      return state.open ? { ...state, open: { ...state.open, scroll: Math.max(0, action.to) } } : state;
  }
}
