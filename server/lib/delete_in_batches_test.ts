import { expect, test } from "bun:test";
import { deleteInBatches } from "./delete_in_batches.ts";

function rows(left: number, size = 10): () => Promise<number> {
  return async () => {
    const deleted = Math.min(left, size);
    left -= deleted;
    return deleted;
  };
}

test.each([0, 1, 10, 11, 95])("deletes all of %d rows", async (count) => {
  expect(await deleteInBatches(rows(count))).toEqual({ count, isDone: true });
});

test("stops after so many statements", async () => {
  expect(await deleteInBatches(rows(1_000), { batches: 3 })).toEqual({ count: 30, isDone: false });
});

test("begins no statement after its time, but one in any case", async () => {
  expect(await deleteInBatches(rows(1_000), { until: 0 })).toEqual({ count: 10, isDone: false });
});
