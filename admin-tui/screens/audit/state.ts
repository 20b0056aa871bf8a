/**
 * The audit screen's state and its filter line: `actor:me target:report action:claimed`. Pure.
 * @module
 */
import type { PaneFilter } from "../../desk/pane_screen.ts";
import type { PaneState } from "../../desk/pane_state.ts";
import { sanitise } from "../../sanitise.ts";
import type { AuditRow } from "../../wire.ts";

export type AuditState = PaneState<AuditRow, never>;

export const AUDIT_HINT =
  "actor:me|<id> target:report|block|user|sanction|<id> · other words are searched in actions and names";

const TARGETS = ["report", "block", "user", "sanction"];
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** @param me Whose id `actor:me` is. @returns The filter, or what is wrong with the line. */
export function parseAuditFilter(
  text: string,
  me: string | undefined,
): PaneFilter<AuditRow> | { readonly problem: string } {
  const query: Record<string, string> = {};
  const words: string[] = [];
  for (const token of text.split(/\s+/).filter(Boolean)) {
    const [, key, value = ""] = /^([a-z]+):(.*)$/i.exec(token) ?? [];
    if (key === undefined) words.push(token.toLowerCase());
    else if (key === "actor" && value === "me" && me !== undefined) query.actor_id = me;
    else if (key === "actor" && UUID.test(value)) query.actor_id = value;
    else if (key === "actor") words.push(value.toLowerCase());
    else if (key === "target" && TARGETS.includes(value)) query.target_type = value;
    else if (key === "target" && UUID.test(value)) query.target_id = value;
    else if (key === "action") words.push(value.toLowerCase());
    else
      return { problem: `a filter is actor:, action: or target: with one of ${TARGETS.join(", ")} or an id` };
  }
  const lets = ({ action, actor, target }: AuditRow) => {
    const all = `${action} ${target.type} ${target.id} ${sanitise(actor.name ?? "")}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
  return { query, lets };
}
