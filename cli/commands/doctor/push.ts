/**
 * The durable queue, webhooks and the keys of push notifications in `vibes doctor`. It sends nothing.
 * @module
 */
import type { Config } from "../../../server/config/mod.ts";
import type { MigrationState } from "../../../server/db/migrate/mod.ts";
import { createProviders } from "../../../server/features/push/mod.ts";
import { selectDisabled } from "../../../server/features/webhooks/mod.ts";
import { type JobCounts, selectJobCounts } from "../../../server/jobs/mod.ts";
import { type Finding, fail, ok, skip, warn } from "./checks.ts";
import { whenMigrated } from "./database.ts";

/** Jobs are taken within seconds while a server runs. */
const LATE_SECONDS = 600;

/** @throws Error when the database does not answer. */
export async function examineJobs(url: string, states: readonly MigrationState[]): Promise<Finding> {
  return await whenMigrated({ url, states }, async (sql) => checkJobs(await selectJobCounts(sql)));
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
  where: { url: string; states: readonly MigrationState[] },
): Promise<Finding> {
  if (target === null) return skip("WEBHOOK_URL is not set");
  return await whenMigrated(where, async (sql) => {
    const disabled = await selectDisabled(sql, target);
    if (!disabled) return ok("the endpoint is in use; `vibes webhooks test` calls it");
    const since = `disabled since ${disabled.since.toISOString()}: ${disabled.reason}`;
    return fail(since, "mend the endpoint, then `vibes webhooks replay`");
  });
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
