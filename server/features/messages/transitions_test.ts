import { describe, expect, test } from "bun:test";
import { CONVERSATION_STATUSES } from "../../protocol/models.ts";
import { judgeSend, type Standing } from "./transitions.ts";

const STRANGERS: Standing = {
  blocked: false,
  conversation: null,
  awaited: false,
  elsewhere: false,
  receiverKnown: true,
  pending: null,
  premium: false,
};

const judge = (change: Partial<Standing>) => judgeSend({ ...STRANGERS, ...change });

/** Every combination that can be. */
function* standings(): Generator<Standing> {
  const flags = [false, true];
  for (const conversation of [null, ...CONVERSATION_STATUSES]) {
    for (const pending of [null, "mine", "theirs"] as const) {
      for (const blocked of flags)
        for (const awaited of flags)
          for (const elsewhere of flags)
            for (const receiverKnown of flags)
              for (const premium of flags) {
                yield { blocked, conversation, awaited, elsewhere, receiverKnown, pending, premium };
              }
    }
  }
}

describe("judgeSend", () => {
  test.each([
    [{}, { refused: "none" }],
    [{ premium: true }, { deed: "open" }],
    [{ pending: "mine" }, { refused: "waiting" }],
    [{ pending: "mine", premium: true }, { deed: "supersede" }],
    [{ pending: "theirs" }, { deed: "reply" }],
    [{ pending: "theirs", premium: true }, { deed: "reply" }],
    [{ conversation: "active" }, { deed: "append" }],
    [{ conversation: "active", awaited: true }, { deed: "answer" }],
    [{ conversation: "archived", premium: true }, { refused: "archived" }],
    [{ conversation: "blocked", premium: true }, { refused: "blocked" }],
    [{ elsewhere: true, premium: true }, { refused: "elsewhere" }],
    [{ receiverKnown: false, premium: true }, { refused: "unknown" }],
    [{ receiverKnown: false, conversation: "active" }, { deed: "append" }],
  ] as const)("%j is %j", (change, verdict) => {
    expect(judge(change)).toEqual(verdict);
  });

  test("nothing crosses a block, is written into what is over, or goes where it was not meant to", () => {
    for (const standing of standings()) {
      const { blocked, conversation, elsewhere, receiverKnown, premium, pending } = standing;
      const verdict = judgeSend(standing);
      const deed = "deed" in verdict ? verdict.deed : null;
      if (blocked || conversation === "blocked") expect(verdict).toEqual({ refused: "blocked" });
      if (conversation === "archived" || elsewhere) expect(deed).toBeNull();
      if (conversation === null && !receiverKnown) expect(deed).toBeNull();
      if (deed === "open" || deed === "supersede") expect(premium && conversation === null).toBe(true);
      if (deed === "reply") expect(pending === "theirs" && conversation === null).toBe(true);
      if (deed === "append" || deed === "answer") expect(conversation).toBe("active");
    }
  });
});
