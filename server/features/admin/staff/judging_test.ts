import { expect, test } from "bun:test";
import type { Role } from "../../../protocol/models.ts";
import { type JudgementFacts, refuseJudgement } from "./judging.ts";

const NOTHING: JudgementFacts = {
  concernsActor: false,
  concernsStaff: false,
  filedByActor: false,
  hasOpenReport: false,
  decidedByAdmin: false,
};

/** Whether each role may judge when only this fact is true. */
const TABLE: Record<keyof JudgementFacts, { moderator: boolean; admin: boolean }> = {
  concernsActor: { moderator: false, admin: false },
  concernsStaff: { moderator: false, admin: true },
  filedByActor: { moderator: false, admin: false },
  hasOpenReport: { moderator: false, admin: false },
  decidedByAdmin: { moderator: false, admin: true },
};

const KEYS = Object.keys(TABLE) as (keyof JudgementFacts)[];

for (const role of ["moderator", "admin"] as const satisfies Role[]) {
  test(`a ${role} may judge when no fact or none that matters to the role is true`, () => {
    for (let bits = 0; bits < 2 ** KEYS.length; bits++) {
      const held = KEYS.filter((_, i) => bits & (1 << i));
      const facts = { ...NOTHING, ...Object.fromEntries(held.map((key) => [key, true])) };
      const may = held.every((key) => TABLE[key][role]);
      expect([held, refuseJudgement(role, facts) === null]).toEqual([held, may]);
    }
  });
}
