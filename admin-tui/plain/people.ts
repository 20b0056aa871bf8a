/**
 * The commands of plain mode that change what is not a report: sanctions of people, and blocks.
 * @module
 */
import type { Api } from "../api.ts";
import { doneText, type SanctionDecision, sanctionBody } from "../desk/decisions.ts";
import { handle, isId } from "../format.ts";
import { liftForm as liftBlockForm, upholdForm } from "../screens/blocks/forms.ts";
import { actingSanctions } from "../screens/users/entry.ts";
import { confirmForm, liftForm, sanctionForm, sanctionName } from "../screens/users/forms.ts";
import type { BlockRow, Dossier } from "../wire.ts";
import { askForm } from "./form.ts";
import type { Talk } from "./talk.ts";

/** For the help. */
export const PEOPLE_HELP = [
  "bans                     the bans that wait for a second person",
  "confirm <user id>        confirm a ban as the second person",
  "lift <user id>           lift a sanction",
  "sanction <user id> <kind>  warn, mute, suspend or ban without a report",
  "unblock <block>, uphold <block>  lift a block, or let it stand: B-8F31A2, or its id",
];

interface PeopleOptions {
  readonly api: Api;
  readonly talk: Talk;
  readonly now: () => number;
  /** Says why not, if nothing may be changed. */
  readonly mayChange: () => boolean;
}

const KINDS = ["warn", "mute", "suspend", "ban"] as const satisfies readonly SanctionDecision[];

/** @returns The commands by name. */
export function peopleCommands({ api, talk, now, mayChange }: PeopleOptions) {
  async function bans(): Promise<void> {
    const { rows } = await api.users.awaiting();
    const lines = rows.map(
      ({ user, reason, created_by }) =>
        `${user.name}, by ${created_by?.name ?? "somebody"}: ${reason}. confirm ${user.id}`,
    );
    talk.say(...(lines.length === 0 ? ["No ban waits for a second person."] : lines));
  }

  async function confirm(id: string): Promise<void> {
    const dossier = await dossierOf(id);
    if (!dossier) return;
    const ban = dossier.sanctions.find(({ state }) => state === "awaiting_confirmation");
    if (!ban) return talk.say("Not done: no ban of theirs waits for a second person.");
    const values = await askForm(talk, confirmForm(dossier.user, ban));
    if (!values) return;
    await api.users.confirm(dossier.user.id, { sanctionId: ban.id, reason: values.reason ?? "" });
    talk.say(`${dossier.user.name} is banned for good.`);
  }

  async function lift(id: string): Promise<void> {
    const dossier = await dossierOf(id);
    if (!dossier) return;
    const acting = actingSanctions(dossier);
    const [first] = acting;
    if (!first) return talk.say("Not done: there is no sanction to lift.");
    const values = await askForm(talk, liftForm(dossier.user.name, acting));
    if (!values) return;
    const lifted = acting.find((sanction) => sanctionName(sanction) === values.which) ?? first;
    await api.users.lift(dossier.user.id, { sanctionId: lifted.id, reason: values.reason ?? "" });
    talk.say(`The ${lifted.kind} is lifted.`);
  }

  async function sanction(words: string): Promise<void> {
    const [id = "", word] = words.split(/\s+/);
    const kind = KINDS.find((known) => known === word);
    if (!kind) return talk.say(`Not done: say sanction <user id> and ${KINDS.join(", ")}.`);
    const dossier = await dossierOf(id);
    if (!dossier) return;
    const values = await askForm(talk, sanctionForm(kind, dossier.user, dossier.active_sessions));
    if (!values) return;
    await api.users.sanction(dossier.user.id, sanctionBody(kind, values, now()));
    talk.say(`${dossier.user.name} ${doneText(kind)}.`);
  }

  async function unblock(which: string): Promise<void> {
    const block = await blockOf(which);
    const values = block && (await askForm(talk, liftBlockForm(block)));
    if (!block || !values) return;
    await api.blocks.lift(block.id, values.reason ?? "");
    talk.say(`${handle("B", block.id)} lifted.`);
  }

  async function uphold(which: string): Promise<void> {
    const block = await blockOf(which);
    const values = block && (await askForm(talk, upholdForm(block)));
    if (!block || !values) return;
    await api.blocks.uphold(block.id, values.reason ?? "");
    talk.say(`${handle("B", block.id)} upheld.`);
  }

  async function dossierOf(id: string): Promise<Dossier | null> {
    if (!mayChange()) return null;
    if (isId(id)) return await api.users.show(id);
    talk.say("Not done: say the person's id; users <name> tells it.");
    return null;
  }

  async function blockOf(which: string): Promise<BlockRow | null> {
    if (!mayChange()) return null;
    const wanted = which.toLowerCase();
    if (isId(wanted)) return await api.blocks.show(wanted);
    const { rows } = await api.blocks.list({});
    const found = rows.find(({ id }) => handle("B", id).toLowerCase() === wanted);
    if (!found) talk.say("Not done: say a block as the list of blocks names it.");
    return found ?? null;
  }

  return { bans, confirm, lift, sanction, unblock, uphold };
}
