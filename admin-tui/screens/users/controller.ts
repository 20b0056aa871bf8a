/**
 * The users screen: looking people up, sanctions, confirming a ban as the second person.
 * @module
 */
import { DECISION, doneText, type SanctionDecision, sanctionBody } from "../../desk/decisions.ts";
import type { Desk, Values } from "../../desk/desk.ts";
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { ListController } from "../../list_screen/controller.ts";
import { drawListScreen, listFacts } from "../../list_screen/draw.ts";
import { sanitise } from "../../sanitise.ts";
import type { Dossier } from "../../wire.ts";
import { openPictures } from "../pictures.ts";
import type { Handlers, Screen } from "../screen.ts";
import { actingSanctions, type Entry, withDossier } from "./entry.ts";
import { confirmForm, liftForm, sanctionForm, sanctionName } from "./forms.ts";
import { usersSpec } from "./spec.ts";

/** The users screen. */
export interface UsersScreen extends Screen {
  /** Looks one person up. */
  showPerson(id: string): void;
}

class Users extends ListController<Entry, Dossier> {
  /** The dossier is newer than the row. */
  protected override keep(_before: Dossier | null, fresh: Dossier): Dossier {
    this.patch(fresh.user.id, (entry) => withDossier(entry, fresh));
    return fresh;
  }
}

/** @returns The screen. */
export function createUsers(desk: Desk): UsersScreen {
  const users = new Users(desk, usersSpec);
  const keys: Handlers<"users"> = {
    warn: () => sanction(users, "warn"),
    mute: () => sanction(users, "mute"),
    suspend: () => sanction(users, "suspend"),
    ban: () => sanction(users, "ban"),
    lift: () => lift(users),
    confirm: () => confirmBan(users),
    pictures: () => users.selected && openPictures(desk, { personId: users.selected.id, reportIds: [] }),
  };
  return {
    keys: { users: keys, list: users.keys },
    draw: (state) => drawListScreen(state, usersSpec),
    facts: (state) => listFacts(state, usersSpec),
    enter: () => users.enter(),
    refresh: () => void users.refresh(),
    command: (name, rest) => users.command(name, rest),
    showPerson: (id) => void users.setFilter(id).then(() => users.show(id)),
  };
}

async function sanction(users: Users, decision: SanctionDecision): Promise<void> {
  const { desk, selected: person, detail } = users;
  if (!person || !desk.mayAct()) return;
  const name = sanitise(person.name);
  const { past } = DECISION[decision];
  const outcome = await submitForm(desk, {
    draft: `${decision} ${person.id}`,
    form: sanctionForm(decision, person, detail?.active_sessions),
    send: (values) => desk.api.users.sanction(person.id, sanctionBody(decision, values, desk.serverNow())),
  });
  if (outcome === "cancelled") return;
  if (outcome !== "done") return tellRefusal(desk, `${name} was not ${past}`, outcome);
  desk.say("ok", `${name} ${doneText(decision)}`);
  await readAgain(users, person.id);
}

async function lift(users: Users): Promise<void> {
  const { desk, detail: dossier } = users;
  if (!dossier) return desk.say("info", "Open a dossier first");
  if (!desk.mayAct()) return;
  const acting = actingSanctions(dossier);
  const [first] = acting;
  if (!first) return desk.say("info", "There is no sanction to lift");
  const { user } = dossier;
  await change(users, user.id, {
    form: liftForm(user.name, acting),
    async send({ which = "", reason = "" }) {
      const lifted = acting.find((sanction) => sanctionName(sanction) === which) ?? first;
      await desk.api.users.lift(user.id, { sanctionId: lifted.id, reason });
      return `The ${lifted.kind} is lifted`;
    },
  });
}

async function confirmBan(users: Users): Promise<void> {
  const { desk, detail: dossier } = users;
  const ban = dossier?.sanctions.find(({ state }) => state === "awaiting_confirmation");
  if (!dossier || !ban) return desk.say("info", "There is no ban here that waits for a second person");
  if (!desk.mayAct()) return;
  if (ban.created_by?.id === desk.state.me?.id)
    return desk.say("warn", "Somebody other than who imposed it must confirm it");
  const { user } = dossier;
  await change(users, user.id, {
    form: confirmForm(user, ban),
    async send({ reason = "" }) {
      await desk.api.users.confirm(user.id, { sanctionId: ban.id, reason });
      return `${sanitise(user.name)} is banned for good`;
    },
  });
}

interface Change {
  readonly form: DialogSpec;
  /** @returns What to say when it is done. */
  send(values: Values): Promise<string>;
}

/** Asks with the form and sends the answer. */
async function change(users: Users, id: string, { form, send }: Change): Promise<void> {
  const { desk } = users;
  let done = "";
  const outcome = await submitForm(desk, {
    draft: `${form.title} ${id}`,
    form,
    send: async (values) => {
      done = await send(values);
    },
  });
  if (outcome === "cancelled") return;
  if (outcome === "done") desk.say("ok", done);
  else tellRefusal(desk, "Nothing was changed", outcome);
  await readAgain(users, id);
}

/** Reads what an action has changed. */
async function readAgain(users: Users, id: string): Promise<void> {
  if (users.state.filter.text === "") await users.refresh();
  users.reload(id);
}
