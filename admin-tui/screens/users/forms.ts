/**
 * The forms about a person's sanctions, for the screen and for plain mode. Pure.
 * @module
 */
import { DECISION, fieldsFor, type SanctionDecision, typedHandle } from "../../desk/decisions.ts";
import type { DialogSpec, FieldSpec } from "../../desk/dialog_state.ts";
import { nameField, reasonField } from "../../desk/form.ts";
import { counted, handle } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { Sanction } from "../../wire.ts";
import type { Entry } from "./entry.ts";

/** @returns How a form calls a sanction: `mute S-8F31A2`. */
export function sanctionName({ kind, id }: Pick<Sanction, "kind" | "id">): string {
  return `${kind} ${handle("S", id)}`;
}

/** @returns The form for lifting one of the sanctions that act. */
export function liftForm(name: string, acting: readonly Sanction[]): DialogSpec {
  const [first] = acting;
  return {
    title: `Lift a sanction of ${sanitise(name)}`,
    lines: ["It ends now, and they are told."],
    fields: [
      ...(acting.length === 1 ? [] : [choiceField(acting.map(sanctionName))]),
      reasonField(["Appeal granted", "Imposed by mistake"]),
    ],
    confirm: `Lift ${acting.length === 1 ? first?.kind : ""}`.trim(),
  };
}

/** @returns The form for confirming a ban as the second person. */
export function confirmForm({ id, name }: { id: string; name: string }, ban: Sanction): DialogSpec {
  return {
    title: `Confirm the ban of ${sanitise(name)}`,
    lines: [
      `${sanitise(ban.created_by?.name ?? "Somebody")} says: ${sanitise(ban.reason)}`,
      "Confirming makes it permanent.",
    ],
    fields: [reasonField(["Checked the evidence: justified"]), nameField(typedHandle(name, handle("U", id)))],
    confirm: "Ban for good",
  };
}

function choiceField(names: readonly string[]): FieldSpec {
  return {
    id: "which",
    label: "Which",
    value: names[0] ?? "",
    suggestions: names,
    check: (text) => (names.includes(text) ? undefined : "choose with ↑ and ↓"),
  };
}

/** @returns The form for a sanction without a report. */
export function sanctionForm(
  decision: SanctionDecision,
  person: Pick<Entry, "id" | "name">,
  devices: number | undefined,
): DialogSpec {
  const name = sanitise(person.name);
  const { verb, effect } = DECISION[decision];
  return {
    title: `${verb} ${name}`,
    lines: [
      effect,
      devices === undefined ? "affects 1 user" : `affects 1 user, ${counted(devices, "device")}`,
    ],
    fields: fieldsFor(decision, { handle: typedHandle(person.name, handle("U", person.id)) }),
    confirm: `${verb} ${name}`,
  };
}
