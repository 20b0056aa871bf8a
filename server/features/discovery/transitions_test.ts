/** Actions: every one after every other. @module */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ACTION_TYPES, type ActionType } from "../../protocol/models.ts";
import { type ActionVerdict, CLIENT_ACTIONS, isLike, judgeAction } from "./transitions.ts";

type Row = Record<(typeof CLIENT_ACTIONS)[number], ActionVerdict>;
const TABLE: Record<ActionType | "none", Row> = {
  none: { like: "insert", dislike: "insert", super_like: "insert" },
  message_request: { like: "change", dislike: "change", super_like: "change" },
  dislike: { like: "change", dislike: "repeat", super_like: "change" },
  like: { like: "repeat", dislike: "refuse", super_like: "change" },
  super_like: { like: "refuse", dislike: "refuse", super_like: "repeat" },
};

for (const standing of [null, ...ACTION_TYPES]) {
  test.each([...CLIENT_ACTIONS])(`after ${standing}: %s`, (asked) => {
    expect(judgeAction(standing, asked)).toBe(TABLE[standing ?? "none"][asked]);
  });
}

test("only likes are likes", () => {
  expect([null, ...ACTION_TYPES].filter(isLike)).toEqual(["like", "super_like"]);
});

test("no series of actions takes a like back, and a repeat never changes anything", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...CLIENT_ACTIONS)), (series) => {
      let standing: ActionType | null = null;
      for (const asked of series) {
        const liked = isLike(standing);
        const verdict = judgeAction(standing, asked);
        if (verdict === "insert" || verdict === "change") standing = asked;
        if (verdict === "repeat") expect(standing).toBe(asked);
        if (liked) expect(isLike(standing)).toBe(true);
      }
    }),
  );
});
