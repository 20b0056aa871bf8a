import { expect, test } from "bun:test";
import { RequestFailure, type Rest } from "../../client/mod.ts";
import { readHistory } from "./read_history.ts";

/** Two pages, the newest first; each call fails with the next of the failures while there are any. */
function restFailing(failures: (Error | undefined)[]): Rest {
  return (async (_: string, { query }: { query: { cursor?: string } }) => {
    const failure = failures.shift();
    if (failure) throw failure;
    const seq = query.cursor === undefined ? 2 : 1;
    return { data: { messages: [{ id: `m${seq}`, seq }] }, cursor: seq === 2 ? "older" : null };
  }) as unknown as Rest;
}

const busy = () =>
  new RequestFailure("busy", {
    code: "SERVICE_UNAVAILABLE",
    retryable: true,
    details: { retry_after_ms: 0 },
  });

test("a page that is refused for the moment is asked for again, for a while; any other refusal is final", async () => {
  const whole = [
    { id: "m1", seq: 1 },
    { id: "m2", seq: 2 },
  ];
  expect(await readHistory({ rest: restFailing([busy(), undefined, busy(), busy()]) }, "c")).toEqual(whole);
  const refusals = Array.from({ length: 20 }, busy);
  await expect(readHistory({ rest: restFailing(refusals) }, "c")).rejects.toThrow("busy");
  expect(refusals).toHaveLength(10);
  const absent = [new RequestFailure("no such conversation", { code: "NOT_FOUND", retryable: false })];
  await expect(readHistory({ rest: restFailing(absent) }, "c")).rejects.toThrow("no such");
});
