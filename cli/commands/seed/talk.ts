/**
 * Generates the messages of the seed and their times, which follow the course of a day.
 * @module
 */

import type { Random } from "../../random.ts";

const OPENERS = [
  "Hi! I noticed we both love {thing}. What got you into it?",
  "Hey, your {thing} photo made me smile. Where was that?",
  "Hello from the other side of {place}! Coffee some time?",
  "Okay, important question first: {thing} or {thing}?",
  "Hi there! I'm told I'm funnier in person. How was your {day}?",
];
const LINES = [
  "Ha, fair enough!", "Really? Tell me more.", "I was at {place} last {day}, it was packed.", "Same here honestly.",
  "What are you up to this {day}?", "I could talk about {thing} for hours, sorry in advance.", "Sounds good to me.",
  "Do you know a good place near {place}?", "That made me laugh out loud on the tram.", "Good morning!",
  "Just got home. Long day, but a nice one.", "No way, I have the same one!", "We should do that.",
  "How about {day} at seven?", "Works for me. I'll book something near {place}.", "Good night, sleep well!",
  "I'm terrible at {thing} but I enjoy it.", "Sorry, I fell asleep mid-sentence.", "Deal.", "Haha, okay, you win.",
  "Do you have siblings?", "My sister says I should stop talking about {thing}.", "See you then!", "Yes!", "Hmm, maybe.",
  "That's a long story, better told over a drink.", "I'd like that a lot.", "What's the best film you saw this year?",
  "I'm running late, ten minutes!", "Guess what I found at {place}.", "You were right about the noodles.",
]; // biome-ignore format: a table
const EMOJI = ["😂", "😍🎉", "👍", "🙈", "❤️", "🥲", "🔥🔥", "👩‍🍳", "🤷‍♂️", "☕️➡️🍰"];
const THINGS = ["hiking", "jazz", "board games", "ceramics", "climbing", "photography", "old maps", "ramen"];
const PLACES = ["the river", "the old town", "the market", "the station", "the park", "the harbour"];
const DAYS = ["Monday", "Friday", "Saturday", "Sunday", "week", "evening"];

const MINUTE = 60_000;
const DAY = 86_400_000;

/** One line of a conversation. */
export interface Line {
  readonly content: string;
  readonly type: "text" | "emoji";
}

function fill(random: Random, template: string): string {
  return template.replace(/\{(\w+)\}/g, (_, slot) =>
    random.pick(slot === "thing" ? THINGS : slot === "place" ? PLACES : DAYS),
  );
}

/** @returns A first message, at most 250 characters. */
export function opener(random: Random): string {
  return fill(random, random.pick(OPENERS));
}

/** @returns Some later message. */
export function line(random: Random): Line {
  if (random.chance(0.07)) return { content: random.pick(EMOJI), type: "emoji" };
  const sentences = Math.min(4, 1 + Math.floor(random.logNormal(0.6, 0.7)));
  const text = Array.from({ length: sentences }, () => fill(random, random.pick(LINES))).join(" ");
  return { content: text, type: "text" };
}

/**
 * The times of a conversation's messages: log-normal pauses (median 3 min), none between 1 and 7 at night, squeezed
 * into the time there is.
 * @returns Milliseconds since the epoch, increasing, all before `endMs`.
 */
export function paces(
  random: Random,
  count: number,
  { startMs, endMs }: { startMs: number; endMs: number },
): number[] {
  const offsets: number[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    offsets.push(at);
    at += Math.max(2_000, random.logNormal(3 * MINUTE, 1.9));
    const hour = ((startMs + at) % DAY) / (60 * MINUTE);
    if (hour >= 1 && hour < 7) at += (7 - hour + random.unit() * 3) * 60 * MINUTE;
  }
  const room = endMs - startMs - 1_000;
  const squeeze = at > room ? room / at : 1;
  return offsets.map((offset) => Math.floor(startMs + offset * squeeze));
}
