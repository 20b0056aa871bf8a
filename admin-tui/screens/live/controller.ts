/**
 * The live screen: the numbers of every second, frozen on request.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import { isStale, POLL_MS, type State, serverNow } from "../../desk/state.ts";
import { panel } from "../../frame/panel.ts";
import { EMPTY, type Line } from "../../spans.ts";
import type { Stats } from "../../wire.ts";
import type { Handlers, Screen } from "../screen.ts";
import { moderationLines, overturnLines } from "./moderation.ts";
import { sampled, shownSamples } from "./samples.ts";
import { gaugeLines, nodeLines } from "./view.ts";

/** Between two reads of how moderation works, ms. */
const MODERATION_MS = 60_000;

/** @returns The screen. */
export function createLive(desk: Desk): Screen {
  const keys: Handlers<"live"> = { freeze: () => toggleFreeze(desk) };
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

function draw(state: State): Line[] {
  const { columns, bodyHeight } = state.layout;
  const samples = shownSamples(state.live);
  const inner = columns - 2;
  const now = serverNow(state);
  const { moderation } = state.live;
  return panel({
    title: titleOf(state),
    width: columns,
    height: bodyHeight,
    lines: [
      ...gaugeLines(samples, inner),
      ...(moderation ? [EMPTY, ...moderationLines(moderation, now)] : []),
      EMPTY,
      ...nodeLines(samples, { width: inner, now }),
      ...(moderation ? [EMPTY, ...overturnLines(moderation)] : []),
    ],
    isFocused: true,
    isStale: isStale(state),
  });
}

function titleOf({ link, live }: State): string {
  if (live.frozen) return "Live, FROZEN: p goes on";
  return link.state === "polling"
    ? `Live, but read every ${POLL_MS / 1000} s: the stream cannot be opened`
    : "Live";
}
