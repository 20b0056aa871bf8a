/**
 * The state of a form dialog: fields, then Cancel, then the confirming button. Cancel has the focus first after the
 * fields. Pure.
 * @module
 */

import type { KeyPress } from "./key_press.ts";
import { editLine, fieldOf, type TextField } from "./text_field.ts";

/** One of the things that a field lists. */
export interface Choice {
  readonly id: string;
  /** Sanitised. */
  readonly label: string;
}

/** What a dialog asks for. */
export interface FieldSpec {
  readonly id: string;
  readonly label: string;
  readonly value?: string;
  /** Texts to choose from with ↑ and ↓. */
  readonly suggestions?: readonly string[];
  /** A list with ticks instead of a line; the value is the ids of those that are not ticked, with blanks between. */
  readonly choices?: readonly Choice[];
  /** Says what is wrong with a value, or nothing. */
  readonly check?: (value: string) => string | undefined;
  /** In characters. @default 200 */
  readonly limit?: number;
  /** Typing it right is the confirmation: Enter on it presses the button. */
  readonly isProof?: boolean;
}

/** What a dialog is about. */
export interface DialogSpec {
  readonly title: string;
  /** Sanitised lines. */
  readonly lines: readonly string[];
  readonly fields: readonly FieldSpec[];
  /** On the button that does it: `Ban mia_29`. */
  readonly confirm: string;
  /** Undoing it is easy or needless: Enter on the last field presses the button, without a stop at Cancel. */
  readonly isHarmless?: boolean;
  /** What the server said about fields, by id; and about the whole, by "". */
  readonly errors?: Readonly<Record<string, string>>;
}

export interface DialogField {
  readonly spec: FieldSpec;
  readonly line: TextField;
  readonly error: string | undefined;
  /** Which of the choices the keys are on. */
  readonly at: number;
}

export interface DialogState {
  readonly spec: DialogSpec;
  readonly fields: readonly DialogField[];
  /** Index of a field; then Cancel, then the button. */
  readonly focus: number;
}

/** What a key did. */
export type DialogStep =
  | { readonly kind: "stay"; readonly state: DialogState }
  | { readonly kind: "cancelled" }
  | { readonly kind: "confirmed"; readonly values: Readonly<Record<string, string>> };

/** @returns The dialog as it opens: on its first field that is typed into, or on Cancel. */
export function openDialog(spec: DialogSpec): DialogState {
  const { errors = {} } = spec;
  const fields = spec.fields.map((field) => ({
    spec: field,
    line: fieldOf(field.value ?? ""),
    error: errors[field.id],
    at: 0,
  }));
  const wrong = fields.findIndex(({ error }) => error !== undefined);
  const first = fields.findIndex((field) => field.spec.choices === undefined);
  return { spec, fields, focus: Math.max(0, wrong < 0 ? first : wrong) };
}

export function isCancel({ fields, focus }: DialogState): boolean {
  return focus === fields.length;
}

export function isConfirm({ fields, focus }: DialogState): boolean {
  return focus === fields.length + 1;
}

/** @returns The dialog after a key. */
export function pressDialog(state: DialogState, press: KeyPress): DialogStep {
  const field = state.fields[state.focus];
  switch (press.key) {
    case "escape":
      return { kind: "cancelled" };
    case "tab":
      return stay(focusOn(state, state.focus + 1));
    case "shift+tab":
      return stay(focusOn(state, state.focus - 1));
    case "enter":
      return accept(state);
    case "up":
    case "down":
      return stay(step(state, press.key === "down" ? 1 : -1));
    default:
      if (field?.spec.choices) return stay(ticked(state, field, press));
      return field ? stay(typed(state, field, press)) : button(state, press);
  }
}

function accept(state: DialogState): DialogStep {
  if (isCancel(state)) return { kind: "cancelled" };
  if (isConfirm(state)) return confirm(state);
  const checked = checkField(state, state.focus);
  if (checked.fields[state.focus]?.error !== undefined) return stay(checked);
  const isLast = state.focus === state.fields.length - 1;
  const presses = isLast && (state.spec.isHarmless || state.fields[state.focus]?.spec.isProof);
  return presses ? confirm(checked) : stay(focusOn(checked, state.focus + 1));
}

/** A wrong field gets the focus and its error; nothing is confirmed with it. */
function confirm(state: DialogState): DialogStep {
  const checked = state.fields.reduce((all, _, index) => checkField(all, index), state);
  const wrong = checked.fields.findIndex(({ error }) => error !== undefined);
  if (wrong >= 0) return stay(focusOn(checked, wrong));
  return {
    kind: "confirmed",
    values: Object.fromEntries(checked.fields.map(({ spec, line }) => [spec.id, line.text.trim()])),
  };
}

function button(state: DialogState, { key }: KeyPress): DialogStep {
  if (key === "left" || key === "h") return stay(focusOn(state, state.fields.length));
  if (key === "right" || key === "l") return stay(focusOn(state, state.fields.length + 1));
  if (key === "n") return { kind: "cancelled" };
  if (key === "y") return confirm(state);
  return stay(state);
}

/** ↑ and ↓ go through the suggestions of a field that has some, otherwise from field to field. */
function step(state: DialogState, by: number): DialogState {
  const field = state.fields[state.focus];
  if (field?.spec.choices) return withAt(state, field, field.at + by);
  const { suggestions = [] } = field?.spec ?? {};
  if (!field || suggestions.length === 0) return focusOn(state, state.focus + by);
  const at = suggestions.indexOf(field.line.text);
  const next = at < 0 ? (by > 0 ? 0 : suggestions.length - 1) : at + by;
  const text = suggestions[(next + suggestions.length) % suggestions.length] ?? "";
  return withLine(state, fieldOf(text));
}

/** Keys of a list with ticks: moving, and ticking. */
function ticked(state: DialogState, field: DialogField, { key }: KeyPress): DialogState {
  const choice = field.spec.choices?.[field.at];
  if (key === "j") return withAt(state, field, field.at + 1);
  if (key === "k") return withAt(state, field, field.at - 1);
  if (key !== "space" || !choice) return state;
  const left = leftOut(field.line.text);
  const next = left.includes(choice.id) ? left.filter((id) => id !== choice.id) : [...left, choice.id];
  return withLine(state, fieldOf(next.join(" ")));
}

function withAt(state: DialogState, field: DialogField, at: number): DialogState {
  const last = (field.spec.choices?.length ?? 1) - 1;
  const to = Math.max(0, Math.min(last, at));
  return { ...state, fields: state.fields.with(state.focus, { ...field, at: to }) };
}

/** @returns The ids of a list's choices that are not ticked. @param value Of the field. */
export function leftOut(value: string): string[] {
  return value.split(" ").filter(Boolean);
}

function typed(state: DialogState, { line, spec }: DialogField, press: KeyPress): DialogState {
  const next = editLine(line, press, spec.limit ?? 200);
  return next ? withLine(state, next) : state;
}

function withLine(state: DialogState, line: TextField): DialogState {
  const field = state.fields[state.focus]!;
  return { ...state, fields: state.fields.with(state.focus, { ...field, line, error: undefined }) };
}

function checkField(state: DialogState, index: number): DialogState {
  const field = state.fields[index]!;
  const error = field.spec.check?.(field.line.text.trim());
  return { ...state, fields: state.fields.with(index, { ...field, error }) };
}

function focusOn(state: DialogState, focus: number): DialogState {
  const stops = state.fields.length + 2;
  return { ...state, focus: (focus + stops) % stops };
}

function stay(state: DialogState): DialogStep {
  return { kind: "stay", state };
}
