/**
 * The reports screen: the queue by person and by report, its keys, and its share of the connection.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import type { Group, State } from "../../desk/state.ts";
import { drawListScreen, listFacts } from "../../list_screen/draw.ts";
import { filtered } from "../../list_screen/rows.ts";
import type { LiveEvent } from "../../live_stream.ts";
import { openPictures } from "../pictures.ts";
import type { Handlers, Screen } from "../screen.ts";
import { addNote, mark, reveal, toggleClaim } from "./actions.ts";
import { decide } from "./decide.ts";
import { reportsCommand, turnSort } from "./find.ts";
import { PeopleList } from "./people_list.ts";
import type { QueueList } from "./queue_list.ts";
import { dismissBadFaith } from "./reporters.ts";
import { ReportsList } from "./reports_list.ts";
import type { QueueRow } from "./rows.ts";
import { undo } from "./undo.ts";
import { QueueUpdates } from "./updates.ts";

/** The reports screen. */
export interface ReportsScreen extends Screen {
  /** The queue by report. */
  readonly list: ReportsList;
  /** The queue by person. */
  readonly people: PeopleList;
}

/** A claim whose row is on a screen that is not in front is renewed for so long, ms. */
const AWAY_MS = 10 * 60_000;
const SORT_NAMES = { sla: "priority, due", age: "oldest", newest: "newest" } as const;

/** @param showPerson Opens a person's dossier. @returns The screen. */
export function createReports(desk: Desk, showPerson: (id: string) => void): ReportsScreen {
  const list = new ReportsList(desk);
  const people = new PeopleList(desk);
  const turn = () => void turnGroup();
  const queues = {
    report: createQueue(list, { turn, showPerson }),
    person: createQueue(people, { turn, showPerson }),
  };
  const front = () => queues[desk.state.group];
  const all = Object.values(queues);
  let seenAt = desk.now();

  async function turnGroup(): Promise<void> {
    const left = front();
    const group: Group = desk.state.group === "person" ? "report" : "person";
    left.leave();
    desk.set({ group });
    desk.say("info", group === "person" ? "One row for each person" : "One row for each report");
    await front().enterWith(left.filter());
  }

  return {
    list,
    people,
    get keys() {
      return front().keys;
    },
    draw: (state) => queues[state.group].draw(state),
    facts: (state) => queues[state.group].facts(state),
    enter: () => front().enter(),
    refresh: () => front().refresh(),
    onLive: (event) => front().hear(event),
    async onReconnect() {
      await Promise.all(all.map(({ retry }) => retry()));
    },
    poll: () => front().poll(),
    command: (name, rest) => front().command(name, rest),
    tick() {
      if (desk.state.screen === "reports") seenAt = desk.now();
      const isAway = desk.now() - seenAt > AWAY_MS;
      for (const queue of all) queue.tick(isAway);
    },
    async close() {
      await Promise.all(all.map((queue) => queue.close()));
    },
  };
}

interface QueueOptions {
  /** To the other one. */
  readonly turn: () => void;
  readonly showPerson: (id: string) => void;
}

/** One of the two queues, as the screen has it in front. */
function createQueue<Row extends QueueRow, D>(queue: QueueList<Row, D>, { turn, showPerson }: QueueOptions) {
  const { desk, spec, claims } = queue;
  const updates = new QueueUpdates(queue);
  const keys: Handlers<"reports"> = {
    dismiss: () => decide(queue, "dismiss"),
    done: () => decide(queue, "done"),
    warn: () => decide(queue, "warn"),
    mute: () => decide(queue, "mute"),
    suspend: () => decide(queue, "suspend"),
    ban: () => decide(queue, "ban"),
    undo: () => undo(queue),
    claim: () => toggleClaim(queue),
    note: () => addNote(queue),
    reveal: () => reveal(queue),
    mark: () => mark(queue),
    sort: () => turnSort(queue),
    badFaith: () => dismissBadFaith(queue),
    group: turn,
    pictures() {
      const { selected: row } = queue;
      return row && openPictures(desk, { personId: row.reported.id, reportIds: queue.reportsOf(row) });
    },
    person: () => queue.selected && showPerson(queue.selected.reported.id),
  };
  return {
    keys: { reports: keys, list: queue.keys },
    draw: (state: State) => drawListScreen(state, spec),
    facts: (state: State) => [
      ...listFacts(state, spec),
      `sort: ${SORT_NAMES[state.sort]}`,
      `by ${queue.noun}`,
    ],
    enter: () => queue.enter(),
    refresh: () => void queue.refresh(),
    hear: (event: LiveEvent) => updates.hear(event),
    poll: () => updates.poll(),
    retry: () => claims.retry(),
    command: (name: string, rest: string) => reportsCommand(queue, name, rest),
    filter: () => queue.state.filter.text,
    leave: () => queue.leave(),
    /** Comes to the front with the filter of the other one, as far as it knows that. */
    enterWith(text: string) {
      const filter = spec.parse(text, desk.state.me?.id);
      if (!("problem" in filter)) queue.set({ filter, rows: filtered(queue.state.rows, filter.lets) });
      return queue.refresh();
    },
    tick(isAway: boolean) {
      const { opened, rows } = queue.state;
      claims.tick((id) => !isAway && (id === opened?.id || id === rows.selected));
    },
    close: () => claims.close(),
  };
}
