/**
 * The live screen: the numbers of every second, frozen on request.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import { isStale, POLL_MS, type State, serverNow } from "../../desk/state.ts";
import { panel } from "../../frame/panel.ts";
import { EMPTY, type Line, line, toned } from "../../spans.ts";
import type { Stats } from "../../wire.ts";
import type { Handlers, Screen } from "../screen.ts";
import { moderationLines, overturnLines } from "./moderation.ts";
import { sampled, shownSamples } from "./samples.ts";
import { gaugeLines, nodeLines } from "./view.ts";

/** Between two reads of how moderation works, ms. */
const MODERATION_MS = 60_000;

/** @returns The screen. */
export function createLive(desk: Desk): Screen {
  const keys: Handlers<"live"> = {
    freeze: () => toggleFreeze(desk),
    down: () => scroll(desk, 1),
    up: () => scroll(desk, -1),
  };
  let readAt = Number.NEGATIVE_INFINITY;
  const readModeration = () => {
    readAt = desk.now();
    void desk.api.moderationStats({}).then(
      (moderation) => desk.update((state) => ({ ...state, live: { ...state.live, moderation } })),
      // The next minute asks again.
      () => {},
    );
  };
  return {
    keys: { live: keys },
    draw,
    facts: () => [],
    enter() {
      if (desk.state.live.samples.length === 0) void readStats(desk);
      if (desk.now() - readAt >= MODERATION_MS) readModeration();
    },
    refresh() {
      void readStats(desk);
      readModeration();
    },
    tick() {
      const { screen, session } = desk.state;
      const isDue = desk.now() - readAt >= MODERATION_MS;
      if (screen === "live" && session === "signed_in" && isDue) readModeration();
    },
    onLive(event) {
      if (event.type === "stats") takeSample(desk, event.stats);
    },
  };
}

function takeSample(desk: Desk, stats: Stats): void {
  desk.update((state) => ({ ...state, live: sampled(state.live, stats) }));
}

async function readStats(desk: Desk): Promise<void> {
  try {
    takeSample(desk, await desk.api.stats());
  } catch (error) {
    desk.tell("Cannot read the numbers", error);
  }
}

function toggleFreeze(desk: Desk): void {
  const { live } = desk.state;
  desk.set({ live: { ...live, frozen: live.frozen ? null : live.samples } });
  desk.say("info", live.frozen ? "Live again" : "Frozen: p goes on");
}

function scroll(desk: Desk, by: number): void {
  const { state } = desk;
  const { hidden, scroll: from } = visible(state);
  desk.set({ live: { ...state.live, scroll: Math.max(0, Math.min(hidden, from + by)) } });
}

function draw(state: State): Line[] {
  const { columns, bodyHeight } = state.layout;
  return panel({
    title: titleOf(state),
    width: columns,
    height: bodyHeight,
    lines: visible(state).lines,
    isFocused: true,
    isStale: isStale(state),
  });
}

/** The lines that there is room for; when that is not all of them, the last one says how many are below. */
function visible(state: State) {
  const { layout } = state;
  const all = linesOf(state);
  if (all.length <= layout.innerHeight) return { lines: all, hidden: 0, scroll: 0 };
  const room = layout.innerHeight - 1;
  const hidden = all.length - room;
  const scroll = Math.min(hidden, state.live.scroll);
  const below = hidden - scroll;
  const last = below > 0 ? line(toned("muted", `  ${below} more below: j, and k back`)) : EMPTY;
  return { lines: [...all.slice(scroll, scroll + room), last], hidden, scroll };
}

function linesOf(state: State): Line[] {
  const { moderation } = state.live;
  const samples = shownSamples(state.live);
  const now = serverNow(state);
  const width = state.layout.columns - 2;
  return [
    ...gaugeLines(samples, width),
    ...(moderation ? [EMPTY, ...moderationLines(moderation, now)] : []),
    EMPTY,
    ...nodeLines(samples, { width, now }),
    ...(moderation ? [EMPTY, ...overturnLines(moderation)] : []),
  ];
}

function titleOf({ link, live }: State): string {
  if (live.frozen) return "Live, FROZEN: p goes on";
  return link.state === "polling"
    ? `Live, but read every ${POLL_MS / 1000} s: the stream cannot be opened`
    : "Live";
}
