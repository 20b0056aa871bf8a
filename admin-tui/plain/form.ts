/**
 * Asks for a form's values in lines: what it is about, each field with its suggestions, and a last yes.
 * @module
 */
import type { Values } from "../desk/desk.ts";
import type { DialogSpec, FieldSpec } from "../desk/dialog_state.ts";
import type { Talk } from "./talk.ts";

/** @returns The values, or null when it was cancelled, which was said. */
export async function askForm(talk: Talk, form: DialogSpec): Promise<Values | null> {
  talk.say(`${form.title}.`, ...form.lines.map((text) => `  ${text}`));
  const values: Record<string, string> = {};
  for (const field of form.fields) {
    const answer = field.choices ? await askChoices(talk, field) : await askText(talk, field);
    if (answer === null) return null;
    const problem = field.check?.(answer);
    if (problem) {
      talk.say(`Cancelled: ${field.label} ${problem}.`);
      return null;
    }
    values[field.id] = answer;
  }
  const sure = await talk.ask("Type yes to do it, anything else cancels:");
  if (sure?.trim() === "yes") return values;
  talk.say("Cancelled, nothing was done.");
  return null;
}

async function askText(
  talk: Talk,
  { label, value = "", suggestions = [] }: FieldSpec,
): Promise<string | null> {
  for (const [index, text] of suggestions.entries()) talk.say(`  ${index + 1}. ${text}`);
  const answer = (await talk.ask(`${label}${value === "" ? "" : ` (${value})`}:`))?.trim();
  if (answer === undefined) return null;
  return suggestions[Number(answer) - 1] ?? (answer === "" ? value : answer);
}

/** @returns The ids of those that are left out. */
async function askChoices(talk: Talk, { label, choices = [] }: FieldSpec): Promise<string | null> {
  talk.say(
    `All ${choices.length} ${label}:`,
    ...choices.map((each, index) => `  ${index + 1}. ${each.label}`),
  );
  const answer = await talk.ask("Numbers to leave out (none):");
  if (answer === null) return null;
  const numbers = answer
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
  return numbers.flatMap((number) => choices[number - 1]?.id ?? []).join(" ");
}
