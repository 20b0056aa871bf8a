/**
 * Records the plans of the application's own queries, so that tests measure the query that runs instead of a copy of
 * it.
 * @module
 */
import type { Sql } from "../../server/db/client.ts";

/** A node of PostgreSQL's plan, as far as tests look at it. */
export interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly "Actual Loops": number;
  /** How often an index was descended into; from PostgreSQL 18 on. */
  readonly "Index Searches"?: number;
  readonly Plans?: readonly PlanNode[];
}

interface Recorder {
  /** The tag to hand to a query function. */
  readonly sql: Sql;
  /** The plans of the statements awaited so far, in order. */
  readonly plans: readonly PlanNode[];
}

/**
 * A tag whose statements run as they are, and once more under EXPLAIN (ANALYZE, BUFFERS).
 *
 * @example
 * ```ts
 * const recorder = createRecorder(context.database.sql);
 * await selectMatches(recorder.sql, { viewerId, limit: 21, after: null });
 * expect(buffersOf(recorder.plans[0])).toBeLessThan(200);
 * ```
 */
export function createRecorder(sql: Sql): Recorder {
  const plans: PlanNode[] = [];
  const call = sql as unknown as (...args: unknown[]) => Promise<unknown>;

  function tag(first: unknown, ...args: unknown[]): unknown {
    const built = call(first, ...args);
    if (!isTemplate(first)) return built;
    // A fragment is never awaited; a statement is, once.
    const run = built.then.bind(built);
    const then: typeof run = (onDone, onFail) => explain(first, args).then(() => run(onDone, onFail), onFail);
    return Object.assign(built, { then });
  }

  async function explain(template: TemplateStringsArray, args: unknown[]): Promise<void> {
    const texts = [`explain (analyze, buffers, format json) ${template[0]}`, ...template.slice(1)];
    const [row] = (await call(Object.assign(texts, { raw: texts }), ...args)) as [
      Record<string, [{ Plan: PlanNode }]>,
    ];
    plans.push(Object.values(row)[0]![0].Plan);
  }

  return { sql: Object.assign(tag, sql) as unknown as Sql, plans };
}

/** @returns The pages that a plan touched, in memory or not. */
export function buffersOf(plan: PlanNode | undefined): number {
  return plan ? plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] : Number.NaN;
}

/** @returns By name, how many pages lie above the leaves of each B-tree. @param sql As superuser. */
export async function readDepths(sql: Sql): Promise<ReadonlyMap<string, number>> {
  await sql`create extension if not exists pageinspect`;
  const rows = await sql<{ name: string; depth: number }[]>`
    select relname as name, (bt_metap(c.oid::regclass::text)).level::int as depth
    from pg_class c join pg_am a on a.oid = c.relam
    where c.relkind = 'i' and a.amname = 'btree' and c.relnamespace = 'public'::regnamespace
  `;
  return new Map(rows.map(({ name, depth }) => [name, depth]));
}

/**
 * @param depths From {@link readDepths}.
 * @returns The pages that a plan passed on its way from roots to leaves: a few more in each search of a larger index.
 */
export function descentOf(plan: PlanNode, depths: ReadonlyMap<string, number>): number {
  const depth = depths.get(plan["Index Name"] ?? "") ?? 0;
  const own = depth * (plan["Index Searches"] ?? plan["Actual Loops"]);
  return own + (plan.Plans ?? []).reduce((sum, child) => sum + descentOf(child, depths), 0);
}

/** @returns The names of the tables that a plan read from end to end. */
export function seqScansOf(plan: PlanNode): string[] {
  const own = plan["Node Type"] === "Seq Scan" ? [plan["Relation Name"] ?? "?"] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(seqScansOf)];
}

function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && "raw" in value;
}
