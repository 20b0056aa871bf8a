/**
 * What became of notifications that Expo took: known a while later, asked for by a durable job, so that a dead token is
 * found although the process that sent to it is gone.
 * @module
 */
import type { Database } from "../../db/client.ts";
import { insertJob, type JobHandler } from "../../jobs/mod.ts";
import { updateDisabledSince } from "./plan_queries.ts";
import type { ExpoProvider, ExpoTicket } from "./providers/expo.ts";

/** Kind of the job. */
export const RECEIPTS = "push_receipts";
/** Expo asks to wait for so long, ms. */
const READY_AFTER_MS = 900_000;
const MAX_ATTEMPTS = 5;

interface Tickets {
  readonly tickets: readonly ExpoTicket[];
  /** When they were sent, ms since the epoch. */
  readonly sent_at: number;
}

/** Has the receipts of tickets read later. */
export async function storeTickets(
  { sql }: Pick<Database, "sql">,
  tickets: readonly ExpoTicket[],
): Promise<void> {
  const payload: Tickets = { tickets, sent_at: Date.now() };
  await insertJob(sql, { kind: RECEIPTS, payload: { ...payload }, delayMs: READY_AFTER_MS });
}

/** @returns The handler of the job. Expo forgets receipts after a day, and so do the attempts before. */
export function receiptsHandler({ sql }: Pick<Database, "sql">, expo: ExpoProvider): JobHandler {
  return {
    maxAttempts: MAX_ATTEMPTS,
    firstDelayMs: READY_AFTER_MS,
    async run({ tickets, sent_at }: Tickets) {
      const receipts = await expo.receipts(tickets.map(({ ticketId }) => ticketId));
      for (const { ticketId, deviceId } of tickets) {
        const outcome = receipts.get(ticketId);
        if (outcome?.kind !== "dead") continue;
        await updateDisabledSince(sql, { deviceId, reason: outcome.reason, sentAt: sent_at });
      }
      const missing = tickets.filter(({ ticketId }) => !receipts.has(ticketId));
      if (missing.length > 0)
        throw new Error(`Cannot read all receipts: ${missing.length} are not there yet`);
    },
  };
}
