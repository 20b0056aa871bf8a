/**
 * Opens a form and sends its values. Errors of the server are shown in the form; values that could not be sent, because
 * the connection or the session was lost, are restored when it is opened again.
 * @module
 */
import type { Desk, Values } from "./desk.ts";
import { type Choice, type DialogSpec, type FieldSpec, leftOut } from "./dialog_state.ts";
import { type Failure, failureOf, fieldErrors } from "./failure.ts";

interface FormOptions {
  /** What the form is about; what was typed is kept under it. */
  readonly draft: string;
  readonly form: DialogSpec;
  /** Sends it. */
  readonly send: (values: Values) => Promise<unknown>;
}

/** How a form ended. */
export type Outcome = "done" | "cancelled" | Failure;

/** @returns `done`; `cancelled`; or why it was refused, which nobody was told yet. */
export async function submitForm(desk: Desk, { draft, form, send }: FormOptions): Promise<Outcome> {
  let values = desk.drafts.get(draft) ?? {};
  let errors: DialogSpec["errors"] = {};
  for (;;) {
    const answer = await desk.ask(filled(form, values, errors));
    if (!answer) {
      desk.drafts.delete(draft);
      return "cancelled";
    }
    values = answer;
    errors = {};
    desk.drafts.set(draft, values);
    if (!desk.mayAct()) {
      // Without a connection the form waits; without a session it is opened again after signing in.
      if (desk.state.session !== "signed_in") return "cancelled";
      continue;
    }
    try {
      await send(values);
      desk.drafts.delete(draft);
      return "done";
    } catch (error) {
      const failure = failureOf(error);
      if (!isPassing(failure)) desk.drafts.delete(draft);
      if (failure.kind !== "invalid") return failure;
      errors = { "": failure.text, ...fieldErrors(failure) };
    }
  }
}

/** Says why a form was refused, and that nothing typed is lost. */
export function tellRefusal(desk: Desk, what: string, failure: Failure): void {
  const kept = isPassing(failure) ? " (what you typed is kept)" : "";
  if (failure.kind !== "expired") desk.say("error", `${what}: ${failure.text}${kept}`);
}

/** Whether trying again later can help. */
export function isPassing({ kind }: Failure): boolean {
  return kind === "unreachable" || kind === "expired" || kind === "limited";
}

function filled(form: DialogSpec, values: Values, errors: DialogSpec["errors"]): DialogSpec {
  const fields = form.fields.map((field) => ({ ...field, value: values[field.id] ?? field.value ?? "" }));
  return { ...form, fields, errors };
}

/** @returns The field that every change asks for. */
export function reasonField(suggestions: readonly string[]): FieldSpec {
  return {
    id: "reason",
    label: "Reason",
    suggestions,
    limit: 1000,
    check: (value) => (value === "" ? "is required: type it, or choose with ↓" : undefined),
  };
}

/** @returns The field that wants the name typed of whom this is about; Enter on it presses the button. */
export function nameField(name: string): FieldSpec {
  return {
    id: "handle",
    label: `Type ${name}`,
    isProof: true,
    check: (value) => (value === name ? undefined : `must be ${name}`),
  };
}

const LEFT_OUT = "left_out";

/** @returns The field of a list with ticks, one of which must stay. */
export function choicesField(label: string, choices: readonly Choice[]): FieldSpec {
  return {
    id: LEFT_OUT,
    label,
    choices,
    limit: 5_000,
    check: (text) => (leftOut(text).length < choices.length ? undefined : "one of them must stay ticked"),
  };
}

/** @returns The ids of the choices that were not ticked. */
export function leftOutIn(values: Values): string[] {
  return leftOut(values[LEFT_OUT] ?? "");
}
