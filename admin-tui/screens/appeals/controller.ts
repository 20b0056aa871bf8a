/**
 * The appeals screen: claiming an appeal, and deciding it.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { handle } from "../../format.ts";
import { drawListScreen, listFacts } from "../../list_screen/draw.ts";
import type { AppealRow } from "../../wire.ts";
import { openPictures } from "../pictures.ts";
import type { Handlers, Screen } from "../screen.ts";
import { AppealsList } from "./appeals_list.ts";
import { type Verdict, verdictForm, verdictWords } from "./forms.ts";
import { appealsSpec } from "./spec.ts";

/** @param showPerson Opens a person's dossier. @returns The screen. */
export function createAppeals(desk: Desk, showPerson: (id: string) => void): Screen {
  const appeals = new AppealsList(desk);
  const { claims } = appeals;
  const keys: Handlers<"appeals"> = {
    uphold: () => decide(appeals, "upheld"),
    overturn: () => decide(appeals, "overturned"),
    claim: () => toggleClaim(appeals),
    reveal: () => appeals.reveal(),
    pictures() {
      const { selected: row } = appeals;
      return (
        row && openPictures(desk, { personId: row.about.id, reportIds: row.report ? [row.report.id] : [] })
      );
    },
    person: () => appeals.selected && showPerson(appeals.selected.about.id),
  };
  return {
    keys: { appeals: keys, list: appeals.keys },
    draw: (state) => drawListScreen(state, appealsSpec),
    facts: (state) => listFacts(state, appealsSpec),
    enter: () => appeals.enter(),
    refresh: () => void appeals.refresh(),
    onReconnect: () => void claims.retry(),
    command: (name, rest) => appeals.command(name, rest),
    tick: () => claims.tick((id) => desk.state.screen === "appeals" && id === appeals.selected?.id),
    close: () => claims.close(),
  };
}

async function toggleClaim({ desk, claims, selected: row }: AppealsList): Promise<void> {
  if (!row || !desk.mayAct()) return;
  const name = handle("A", row.id);
  try {
    if (claims.has(row.id)) {
      await claims.release(row.id);
      return desk.say("ok", `${name} released`);
    }
    await claims.take(row.id);
    desk.say("ok", `${name} is yours for 10 minutes, and while you look at it`);
  } catch (error) {
    desk.tell("Cannot claim", error);
  }
}

async function decide(appeals: AppealsList, verdict: Verdict): Promise<void> {
  const { desk, claims, selected: row } = appeals;
  if (!row || !desk.mayAct()) return;
  const name = handle("A", row.id);
  if (row.status !== "open") return desk.say("warn", `${name} is ${row.status} already`);
  if (row.involved) return desk.say("warn", "Somebody who had no part in the decision decides the appeal");
  let decided: AppealRow | undefined;
  const outcome = await submitForm(desk, {
    draft: `${verdict} ${row.id}`,
    form: verdictForm(verdict, row),
    async send({ reason = "" }) {
      decided = await claims.during(row.id, async () => {
        await claims.take(row.id);
        return await desk.api.appeals.decide(row.id, { decision: verdict, reason });
      });
    },
  });
  if (outcome === "cancelled") return void claims.release(row.id);
  if (decided) {
    claims.forget(row.id);
    appeals.take(decided);
    desk.say("ok", verdictWords(decided));
    const { rows } = appeals.state;
    const next = rows.shown.findIndex((one, at) => at > rows.index && one.status === "open" && !one.involved);
    if (next >= 0) appeals.moveToIndex(next);
  } else if (typeof outcome !== "string") {
    tellRefusal(desk, `${name} stays as it is`, outcome);
    if (outcome.kind !== "unreachable") await appeals.refresh();
  }
}
