/**
 * The users screen without its picture: looking people up, sanctions, the second person's word on a ban.
 * @module
 */
import { detailWidth, linesHidden } from "../../components/pane_view.ts";
import {
  DECISION,
  fieldsFor,
  type SanctionDecision,
  sanctionBody,
  typedHandle,
} from "../../desk/decisions.ts";
import type { Desk } from "../../desk/desk.ts";
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { failureOf, fieldErrors } from "../../desk/failure.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { createPane, type Pane } from "../../desk/pane_screen.ts";
import type { Handlers, Screen } from "../../desk/screen.ts";
import { counted, handle } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { Dossier } from "../../wire.ts";
import { actingSanctions, type Entry, entryOf, parseUsersFilter, USERS_HINT, waitingEntry } from "./state.ts";
import { dossierLines, USER_ACTIONS } from "./view.ts";

/** The users screen. */
export interface UsersScreen extends Screen, Pick<Pane<Entry, Dossier>, "store"> {
  /** Looks one person up. */
  showPerson(id: string): void;
}

type Values = Readonly<Record<string, string>>;

/** @returns The screen. */
export function createUsers(desk: Desk): UsersScreen {
  const { api } = desk;
  const pane = createPane<Entry, Dossier>({
    desk,
    what: "people",
    hint: USERS_HINT,
    parse: parseUsersFilter,
    async read(query, cursor) {
      const { query: words } = query as { query?: string };
      if (words === undefined) {
        const page = await api.users.awaiting();
        return { rows: page.rows.map(waitingEntry), cursor: null };
      }
      const page = await api.users.search(words, cursor === undefined ? {} : { cursor });
      return { rows: page.rows.map(entryOf), cursor: page.cursor };
    },
    readDetail: api.users.show,
    hiddenLines({ open }) {
      const { layout } = desk.shell.get();
      const lines = open?.detail
        ? dossierLines(open.detail, { width: detailWidth(layout), now: 0 }).length
        : 0;
      return linesHidden(layout, { lines, actions: USER_ACTIONS.length });
    },
    copied: ({ id }) => id,
  });

  /** The dossier on the screen, if it is the selected person's. */
  function dossier(): Dossier | null {
    const { open, list } = pane.store.get();
    return open && open.id === selectedRow(list)?.id ? open.detail : null;
  }

  /** Reads again what an action has changed. */
  async function settle(id: string): Promise<void> {
    const { filter } = pane.store.get();
    if (filter === "") await pane.refresh();
    pane.reload(id);
  }

  async function sanction(decision: SanctionDecision): Promise<void> {
    const person = selectedRow(pane.store.get().list);
    if (!person || !desk.mayAct()) return;
    const name = sanitise(person.name);
    const { past } = DECISION[decision];
    let values: Values | null = null;
    let errors: Readonly<Record<string, string>> = {};
    for (;;) {
      values = await desk.ask(
        sanctionForm(decision, { person, devices: dossier()?.active_sessions, values, errors }),
      );
      if (!values || !desk.mayAct()) return;
      try {
        await api.users.sanction(person.id, sanctionBody(decision, values, desk.serverNow()));
        desk.say("ok", `${name} ${past}`);
        return await settle(person.id);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind !== "invalid") {
          desk.tell(`${name} was not ${past}`, error);
          return;
        }
        errors = { "": failure.text, ...fieldErrors(failure) };
      }
    }
  }

  async function lift(): Promise<void> {
    const person = dossier();
    if (!person) return desk.say("info", "Open a dossier first");
    if (!desk.mayAct()) return;
    const acting = actingSanctions(person);
    const [first] = acting;
    if (!first) return desk.say("info", "There is no sanction to lift");
    const names = acting.map(({ kind, id }) => `${kind} ${handle("S", id)}`);
    const values = await desk.ask({
      title: `Lift a sanction of ${sanitise(person.user.name)}`,
      lines: ["It ends now, and they are told."],
      fields: [
        ...(acting.length === 1
          ? []
          : [
              {
                id: "which",
                label: "Which",
                value: names[0],
                suggestions: names,
                check: (text: string) => (names.includes(text) ? undefined : "choose with ↑ and ↓"),
              },
            ]),
        reasonField(["Appeal granted", "Imposed by mistake"]),
      ],
      confirm: `Lift ${acting.length === 1 ? first.kind : ""}`.trim(),
    });
    if (!values || !desk.mayAct()) return;
    const chosen = acting[Math.max(0, names.indexOf(values.which ?? ""))] ?? first;
    await change(person, `The ${chosen.kind} is lifted`, () =>
      api.users.lift(person.user.id, { sanctionId: chosen.id, reason: values.reason ?? "" }),
    );
  }

  async function confirm(): Promise<void> {
    const person = dossier();
    const ban = person?.sanctions.find(({ state }) => state === "awaiting_confirmation");
    if (!person || !ban) return desk.say("info", "There is no ban here that waits for a second person");
    if (!desk.mayAct()) return;
    if (ban.created_by?.id === desk.shell.get().me?.id)
      return desk.say("warn", "It takes somebody else than who imposed it");
    const typed = typedHandle(person.user.name, handle("U", person.user.id));
    const values = await desk.ask({
      title: `Confirm the ban of ${sanitise(person.user.name)}`,
      lines: [
        `${sanitise(ban.created_by?.name ?? "Somebody")} says: ${sanitise(ban.reason)}`,
        "Your word makes it permanent.",
      ],
      fields: [
        reasonField(["Checked the evidence: justified"]),
        {
          id: "handle",
          label: `Type ${typed}`,
          check: (text) => (text === typed ? undefined : `must be ${typed}`),
        },
      ],
      confirm: "Ban for good",
    });
    if (!values || !desk.mayAct()) return;
    await change(person, `${sanitise(person.user.name)} is banned for good`, () =>
      api.users.confirm(person.user.id, { sanctionId: ban.id, reason: values.reason ?? "" }),
    );
  }

  async function change({ user }: Dossier, ...[done, work]: [string, () => Promise<unknown>]): Promise<void> {
    try {
      await work();
      desk.say("ok", done);
    } catch (error) {
      desk.tell("Nothing was changed", error);
    }
    await settle(user.id);
  }

  const keys: Handlers<"users"> = {
    warn: () => sanction("warn"),
    mute: () => sanction("mute"),
    suspend: () => sanction("suspend"),
    ban: () => sanction("ban"),
    lift,
    confirm,
  };

  return {
    name: "users",
    store: pane.store,
    keys: { users: keys, list: pane.listKeys },
    enter: pane.enter,
    refresh: () => void pane.refresh(),
    onLive: () => {},
    command(name, rest) {
      if (name !== "filter") return undefined;
      void pane.setFilter(rest);
      return null;
    },
    showPerson(id) {
      void pane.setFilter(id).then(() => pane.show(id));
    },
  };
}

function reasonField(suggestions: readonly string[]) {
  return {
    id: "reason",
    label: "Reason",
    suggestions,
    limit: 1000,
    check: (text: string) => (text === "" ? "is required" : undefined),
  };
}

interface SanctionFormOptions {
  readonly person: Entry;
  readonly devices: number | undefined;
  readonly values: Values | null;
  readonly errors: DialogSpec["errors"];
}

function sanctionForm(
  decision: SanctionDecision,
  { person, devices, values, errors }: SanctionFormOptions,
): DialogSpec {
  const name = sanitise(person.name);
  const { verb, effect } = DECISION[decision];
  const typed = typedHandle(person.name, handle("U", person.id));
  return {
    title: `${verb} ${name}`,
    lines: [
      effect,
      devices === undefined ? "affects 1 user" : `affects 1 user, ${counted(devices, "device")}`,
    ],
    fields: fieldsFor(decision, { handle: typed }).map((field) => ({
      ...field,
      value: values?.[field.id] ?? field.value,
    })),
    confirm: `${verb} ${name}`,
    errors,
  };
}
