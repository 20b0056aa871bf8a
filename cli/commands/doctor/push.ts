/**
 * Asks for the facts about the durable queue, webhooks and the keys of push notifications for `vibes doctor`. It sends nothing.
 * @module
 */
import type { Config } from "../../../server/config/mod.ts";
import { createDatabase } from "../../../server/db/client.ts";
import type { MigrationState } from "../../../server/db/migrate/mod.ts";
import { createProviders } from "../../../server/features/push/mod.ts";
import { selectDisabled } from "../../../server/features/webhooks/mod.ts";
import { type JobCounts, selectJobCounts } from "../../../server/jobs/mod.ts";
import { type Finding, fail, ok, skip, warn } from "./checks.ts";

/** Jobs are taken within seconds while a server runs. */
const LATE_SECONDS = 600;

/** @throws Error when the database does not answer. */
export async function examineJobs(url: string, states: readonly MigrationState[]): Promise<Finding> {
  if (states.some(({ state }) => state === "pending")) return skip("the schema is not up to date");
  const database = createDatabase({ url, max: 1, applicationName: "vibes doctor" });
  try {
    return checkJobs(await selectJobCounts(database.sql));
  } finally {
    await database.close();
  }
}

function checkJobs(counts: readonly JobCounts[]): Finding {
  const failed = counts.filter((count) => count.failed > 0);
  if (failed.length > 0) {
    return fail(
      `given up: ${failed.map(({ kind, failed: n }) => `${n} ${kind}`).join(", ")}`,
      "`vibes jobs list --failed` says why, `vibes jobs retry` tries again",
    );
  }
  const late = counts.filter(({ lateSeconds }) => lateSeconds > LATE_SECONDS);
  if (late.length > 0) {
    return warn(
      `late: ${late.map(({ kind, lateSeconds }) => `${kind} by ${Math.round(lateSeconds)} s`).join(", ")}`,
      "a running server does them: is there one, with the keys they need?",
    );
  }
  const waiting = counts.reduce((sum, count) => sum + count.waiting, 0);
  return ok(waiting === 0 ? "none waits" : `${waiting} wait, none is late`);
}

/** @throws Error when the database does not answer. */
export async function examineWebhooks(
  { webhookUrl: target }: Config,
  { url, states }: { url: string; states: readonly MigrationState[] },
): Promise<Finding> {
  if (target === null) return skip("WEBHOOK_URL is not set");
  if (states.some(({ state }) => state === "pending")) return skip("the schema is not up to date");
  const database = createDatabase({ url, max: 1, applicationName: "vibes doctor" });
  try {
    const disabled = await selectDisabled(database.sql, target);
    if (!disabled) return ok("the endpoint is in use; `vibes webhooks test` calls it");
    const since = `disabled since ${disabled.since.toISOString()}: ${disabled.reason}`;
    return fail(since, "mend the endpoint, then `vibes webhooks replay`");
  } finally {
    await database.close();
  }
}

/** Opens every provider that has keys, which reads them. */
export async function examinePush(config: Config): Promise<Finding> {
  try {
    const silent = { log: { info() {} }, onTickets: async () => {}, onError() {} };
    const { all } = await createProviders({ keys: config, ...silent });
    const real = all.filter(({ isLog }) => !isLog).map(({ name }) => name);
    if (real.length > 0) return ok(`keys can be used: ${real.join(", ")}`);
    if (!config.production) return skip("no keys: notifications are printed to the log");
    const hint = "server/features/push/README.md says where the keys of each provider come from";
    return warn("no keys: people who are away are not notified", hint);
  } catch (error) {
    return fail((error as Error).message, "mend this key");
  }
}
