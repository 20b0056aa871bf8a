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
import { sampled, shownSamples } from "./samples.ts";
import { gaugeLines, nodeLines } from "./view.ts";

/** @returns The screen. */
export function createLive(desk: Desk): Screen {
  const keys: Handlers<"live"> = { freeze: () => toggleFreeze(desk) };
  return {
    keys: { live: keys },
    draw,
    facts: () => [],
    enter: () => void (desk.state.live.samples.length === 0 && readStats(desk)),
    refresh: () => void readStats(desk),
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
  return panel({
    title: titleOf(state),
    width: columns,
    height: bodyHeight,
    lines: [
      ...gaugeLines(samples, inner),
      EMPTY,
      ...nodeLines(samples, { width: inner, now: serverNow(state) }),
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
