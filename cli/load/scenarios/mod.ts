/**
 * Maps each scenario of the catalogue to its implementation.
 * @module
 */
import type { ScenarioName } from "../catalogue.ts";
import type { Act, Scene } from "../scenario.ts";
import { ChatPairs, HalfAway, HotInbox, ReconnectFlap } from "./chat.ts";
import { ConnectStorm } from "./connect_storm.ts";
import { MixedDay } from "./mixed_day.ts";
import { Pictures } from "./pictures.ts";
import { ReportBlock } from "./report_block.ts";

const ACTS: Readonly<Record<ScenarioName, new (scene: Scene) => Act>> = {
  "chat-pairs": ChatPairs,
  "half-away": HalfAway,
  pictures: Pictures,
  "connect-storm": ConnectStorm,
  "hot-inbox": HotInbox,
  "reconnect-flap": ReconnectFlap,
  "report-block": ReportBlock,
  "mixed-day": MixedDay,
};

/** @returns The scenario of the plan, not yet begun. */
export function createAct(scene: Scene): Act {
  return new ACTS[scene.plan.scenario](scene);
}
