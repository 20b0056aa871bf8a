/**
 * Delivers events to the operator's endpoint: a job of the durable queue each, tried for a day, then kept for a replay.
 * An endpoint that took nothing for that long, or says 410, is disabled until somebody replays; nothing is lost by that.
 * @module
 */
import { Webhook } from "standardwebhooks";
import type { Config } from "../../config/mod.ts";
import type { Database, Sql } from "../../db/client.ts";
import { type OperatorEvent, selectOperatorEvent } from "../../db/operator_events.ts";
import { insertJobs, type JobHandler, JobRefused, reviveJobs } from "../../jobs/mod.ts";
import { newId } from "../../lib/ids.ts";
import { isPublicHost } from "../../lib/public_hosts.ts";
import { deleteDisabled, insertAttempt, insertDisabled, selectDisabled, selectFailed } from "./queries.ts";

/** Kind of the job. */
export const WEBHOOK = "webhook";

/** Half a minute after the first failure, twice as long each time, at most an hour: 40 attempts take a day. */
const RETRIES = { firstDelayMs: 30_000, maxDelayMs: 3_600_000, maxAttempts: 40 } as const;
const ANSWER_MS = 15_000;

/** What became of one call. */
export interface Delivery {
  readonly ok: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

/** Whether the endpoint takes events. */
export interface WebhookState {
  readonly url: string;
  readonly disabled: { readonly since: Date; readonly reason: string } | null;
}

interface WebhookDeps {
  readonly config: Pick<Config, "webhookUrl" | "webhookSecret" | "webhookPreviousSecret" | "production">;
  readonly database: Pick<Database, "sql">;
  /** Told when the endpoint is disabled. */
  readonly onDisabled: (facts: { readonly url: string; readonly reason: string }) => void;
  /** Told of each attempt to deliver an event, by the event's type. */
  readonly onAttempt?: ((type: string, outcome: AttemptOutcome) => void) | undefined;
}

/** `refused`: an answer that is no 2xx; `unreachable`: no answer. */
type AttemptOutcome = "delivered" | "refused" | "unreachable";

/** See {@link createWebhooks}. */
export type Webhooks = NonNullable<ReturnType<typeof createWebhooks>>;

/** @returns Undefined without WEBHOOK_URL. */
export function createWebhooks({ config, database, onDisabled, onAttempt }: WebhookDeps) {
  const { webhookUrl: url, webhookSecret, webhookPreviousSecret, production } = config;
  if (url === null) return undefined;
  const target = url;
  const { sql } = database;
  const signers = [webhookSecret, webhookPreviousSecret]
    .filter((secret) => secret !== null)
    .map((secret) => new Webhook(secret));

  async function call(
    event: Pick<OperatorEvent, "id" | "createdAt" | "data"> & { type: string },
    signal?: AbortSignal,
  ) {
    const { id, type, createdAt, data } = event;
    const startedAt = performance.now();
    const body = JSON.stringify({ type, timestamp: createdAt.toISOString(), data });
    // The time of the attempt: receivers refuse what is older than some minutes.
    const now = new Date();
    try {
      if (!(await isPublicHost(target, { allowLoopback: !production }))) {
        return failed("the host has an address of a private network");
      }
      const answer = await fetch(target, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
          "webhook-signature": signers.map((signer) => signer.sign(id, now, body)).join(" "),
        },
        body,
        redirect: "manual",
        signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]),
      });
      await answer.body?.cancel();
      const { status, ok } = answer;
      const durationMs = performance.now() - startedAt;
      return { ok, status, error: ok ? null : `answered ${status}`, durationMs } satisfies Delivery;
    } catch (error) {
      return failed((error as Error).message);
    }

    function failed(error: string): Delivery {
      return { ok: false, status: null, error, durationMs: performance.now() - startedAt };
    }
  }

  async function disable(reason: string): Promise<void> {
    if (await insertDisabled(sql, { url: target, reason })) onDisabled({ url: target, reason });
  }

  const handler: JobHandler = {
    ...RETRIES,
    async run({ event_id: id }: { event_id: string }, { attempt, signal }) {
      const event = await selectOperatorEvent(sql, id);
      if (!event) return;
      if (await selectDisabled(sql, target)) throw new JobRefused("Cannot deliver: the endpoint is disabled");
      const { ok, status, error, durationMs } = await call(event, signal);
      onAttempt?.(event.type, ok ? "delivered" : status === null ? "unreachable" : "refused");
      await insertAttempt(sql, { eventId: id, durationMs, status, error });
      if (ok) return;
      const message = `Cannot deliver: ${error}`;
      if (status === 410) {
        await disable("it answered 410: gone");
        throw new JobRefused(message);
      }
      if (attempt >= RETRIES.maxAttempts) await disable(`an event was refused for a day: ${error}`);
      throw new Error(message);
    },
  };

  return {
    handler,

    /** Stores a delivery for each event, in the transaction that has written them. */
    async store(tx: Sql, eventIds: readonly string[]): Promise<void> {
      await insertJobs(
        tx,
        eventIds.map((id) => ({ kind: WEBHOOK, payload: { event_id: id }, key: id })),
      );
    },

    /** Calls the endpoint once with an event of the type `test`, also while it is disabled. Nothing is stored. */
    test(): Promise<Delivery> {
      return call({ id: newId(), type: "test", createdAt: new Date(), data: {} });
    },

    /** @returns Events that were given up, the oldest first. */
    failed: (limit: number) => selectFailed(sql, { kind: WEBHOOK, limit }),

    /** Takes the endpoint into use again, and delivers what was given up. @returns How many events. */
    async replay(): Promise<number> {
      await deleteDisabled(sql, target);
      return await reviveJobs(sql, WEBHOOK);
    },

    async state(): Promise<WebhookState> {
      return { url: target, disabled: (await selectDisabled(sql, target)) ?? null };
    },
  };
}
