/**
 * The moderators' lists touch as many pages with twenty thousand reports, blocks and entries as with two thousand.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { conversationIdOf } from "../../../server/db/pair.ts";
import { selectAppeals } from "../../../server/features/admin/appeals/queries.ts";
import { selectAudit } from "../../../server/features/admin/audit/queries.ts";
import { selectBlocks } from "../../../server/features/admin/blocks/queries.ts";
import { selectPeople } from "../../../server/features/admin/people/queries.ts";
import { type ReportSort, selectReports } from "../../../server/features/admin/reports/list_queries.ts";
import { selectHistory } from "../../../server/features/admin/reports/queries.ts";
import { selectSanctions } from "../../../server/features/admin/sanctions/queries.ts";
import { selectKnown } from "../../../server/features/admin/stats/queries.ts";
import { selectAppealsOf } from "../../../server/features/appeals/queries.ts";
import { selectBlocksOf } from "../../../server/features/blocks/queries.ts";
import { selectNotices } from "../../../server/features/notices/queries.ts";
import { selectLatest, selectSurroundings } from "../../../server/features/reports/queries.ts";
import { createTestApp, type TestApp, type TestUser } from "../../harness/app.ts";
import { insertPresence } from "../../harness/conversing.ts";
import { tidyUp } from "../../harness/database.ts";
import { buffersOf, createRecorder, seqScansOf } from "../../harness/explain.ts";

const SMALL = 2_000;
const LARGE = 20_000;
/** Reports that wait; moderators keep up, so this number does not grow. */
const OPEN = 500;
let t: TestApp;
let me: TestUser;
let peer: TestUser;
let conversationId: string;

beforeAll(async () => {
  t = await createTestApp();
  [me, peer] = [await t.createUser(), await t.createUser()];
  conversationId = conversationIdOf(me.id, peer.id);
  await t.context.database.sql`
    insert into conversations (id, user1_id, user2_id)
    values (${conversationId}, least(${me.id}::uuid, ${peer.id}::uuid), greatest(${me.id}::uuid, ${peer.id}::uuid))
  `;
});
afterAll(() => t.close());

/** Adds people, each with a report, a block, a sanction, an entry of the log, and a message of one conversation. */
async function load({ from, to }: { from: number; to: number }): Promise<void> {
  await t.context.database.begin(
    async (sql) => {
      await sql`set local statement_timeout = 0`;
      const each = sql`generate_series(${from}::int, ${to - 1}::int) i`;
      await sql`
        insert into users (id, email, name, date_of_birth, gender, country)
        select md5(i::text)::uuid, i || '@example.com', 'Person ' || i, '1990-01-01', 'female', 'DE' from ${each}
      `;
      await insertPresence(sql);
      await sql`
        insert into user_reports (id, reporter_id, reported_id, reason, priority, due_at, created_at, status,
          resolution_action, resolution_reason, resolved_at)
        select gen_random_uuid(), ${me.id}, md5(i::text)::uuid, 'spam', i % 4, now() - i * interval '1 minute',
          now() - i * interval '1 minute', s.status, s.action, s.action, s.at
        from ${each}
        cross join lateral (
          select case when i < ${OPEN} then 'pending' else 'dismissed' end,
            case when i >= ${OPEN} then 'none' end, case when i >= ${OPEN} then now() end
        ) s (status, action, at)
      `;
      await sql`
        insert into report_notes (id, report_id, author_id, text)
        select gen_random_uuid(), id, ${me.id}, 'hm' from user_reports
        where created_at between now() - ${to} * interval '1 minute' and now() - ${from} * interval '1 minute'
      `;
      await sql`
        insert into user_blocks (id, blocker_id, blocked_id, created_at)
        select gen_random_uuid(), ${me.id}, md5(i::text)::uuid, now() - i * interval '1 minute' from ${each}
      `;
      await sql`
        insert into unmatch_reasons (about_id, by_id, reason, created_at)
        select md5(i::text)::uuid, ${me.id}, 'x', now() - i * interval '1 minute' from ${each}
      `;
      await sql`
        insert into sanctions (id, user_id, kind, reason, until, created_at)
        select gen_random_uuid(), md5(i::text)::uuid, 'mute', 'x', now(), now() - i * interval '1 minute' from ${each}
      `;
      await sql`
        insert into notices (id, user_id, notice, kind, text, sanction_id, told_at)
        select gen_random_uuid(), s.user_id, 'sanction', 'mute', 'x', s.id, now() - i * interval '1 minute'
        from ${each} join sanctions s on s.user_id = md5(i::text)::uuid
      `;
      // Staff keep up: what is open does not grow.
      await sql`
        insert into appeals (id, appellant_id, sanction_id, text, due_at, created_at, status, decided_at, decision_reason)
        select gen_random_uuid(), s.user_id, s.id, 'x', now(), now() - i * interval '1 minute',
          case when i < ${OPEN} then 'open' else 'upheld' end, case when i >= ${OPEN} then now() end,
          case when i >= ${OPEN} then 'x' end
        from ${each} join sanctions s on s.user_id = md5(i::text)::uuid
      `;
      await sql`
        insert into audit_log (seq, id, actor_id, action, target_type, target_id, prev_hash, hash)
        select i, md5(i::text)::uuid, ${me.id}, 'block.lifted', 'block', md5(i::text)::uuid, h, h
        from ${each}, decode(repeat('00', 32), 'hex') h
      `;
      await sql`
        insert into conversations (id, user1_id, user2_id)
        select conversation_id_of(md5(i::text)::uuid, ${me.id}), least(md5(i::text)::uuid, ${me.id}),
          greatest(md5(i::text)::uuid, ${me.id})
        from ${each}
      `;
      await sql`
        insert into messages (id, conversation_id, seq, sender_id, receiver_id, content, created_at)
        select uuidv7(- i * interval '1 hour'), ${conversationId}, i + 1, ${me.id}, ${peer.id}, 'hi',
          now() - i * interval '1 hour'
        from ${each}
      `;
    },
    { deadlineMs: 0 },
  );
  await tidyUp(t.ownerUrl);
}

async function measure(): Promise<Map<string, { buffers: number; scans: string[] }>> {
  const { sql } = t.context.database;
  const measured = new Map<string, { buffers: number; scans: string[] }>();
  async function record(name: string, run: (tag: typeof sql) => Promise<unknown>): Promise<void> {
    const recorder = createRecorder(sql);
    await run(recorder.sql);
    const plan = recorder.plans.at(-1);
    measured.set(name, { buffers: buffersOf(plan), scans: plan ? seqScansOf(plan) : ["none"] });
  }
  const page = { viewerId: Bun.randomUUIDv7(), limit: 50 };
  const viewer = { id: page.viewerId, role: "moderator" } as const;
  for (const sort of ["sla", "age", "newest"] as ReportSort[]) {
    const first = await selectReports(sql, { ...page, filter: {}, sort, after: null });
    await record(`queue by ${sort}`, (tag) => selectReports(tag, { ...page, filter: {}, sort, after: null }));
    const after = first.at(-1)!.id;
    await record(`queue by ${sort}, next page`, (tag) =>
      selectReports(tag, { ...page, filter: {}, sort, after }),
    );
  }
  const decided = { filter: { status: "closed" }, sort: "newest", after: null } as const;
  await record("decided reports", (tag) => selectReports(tag, { ...page, ...decided }));
  const blocks = { ...page, filter: {}, after: null };
  await record("blocks", (tag) => selectBlocks(tag, blocks));
  await record("one's own blocks", (tag) => selectBlocksOf(tag, me.id, { limit: 20, after: null }));
  await record("sanctions", (tag) => selectSanctions(tag, { ...page, filter: {}, after: null }));
  const appeals = { ...page, filter: {}, after: null };
  await record("appeals", (tag) => selectAppeals(tag, appeals));
  const upheld = { ...page, filter: { status: "upheld" }, after: null } as const;
  await record("decided appeals", (tag) => selectAppeals(tag, upheld));
  await record("one's own appeals", (tag) => selectAppealsOf(tag, { userId: me.id, limit: 20, after: null }));
  await record("one's own notices", (tag) => selectNotices(tag, { userId: me.id, limit: 20, after: null }));
  const waiting = { ...page, filter: { state: "awaiting_confirmation" }, after: null } as const;
  await record("bans that wait", (tag) => selectSanctions(tag, waiting));
  await record("log", (tag) => selectAudit(tag, { viewer, limit: 50, filter: {}, after: null }));
  const actor = {
    viewer,
    limit: 50,
    filter: { actorId: me.id, action: "block.lifted" },
    after: null,
  } as const;
  await record("log of one", (tag) => selectAudit(tag, actor));
  await record("people", (tag) => selectPeople(tag, { ...page, search: { name: "person 1" }, after: null }));
  const [somebody] = await sql<{ id: string }[]>`select md5('7')::uuid as id`;
  await record("history", (tag) => selectHistory(tag, { userId: somebody!.id, viewerId: page.viewerId }));
  await record("numbers", (tag) => selectKnown(tag));
  await record("evidence, latest", (tag) => selectLatest(tag, { reporterId: peer.id, reportedId: me.id }));
  const [named] = await sql<{ id: string }[]>`select id from messages where seq = 1000`;
  await record("evidence, around one", (tag) =>
    selectSurroundings(tag, { reporterId: peer.id, reportedId: me.id }, [named!.id]),
  );
  return measured;
}

test("ten times the history, the same pages", async () => {
  await load({ from: 0, to: SMALL });
  const small = await measure();
  await load({ from: SMALL, to: LARGE });
  const large = await measure();
  for (const [name, { buffers, scans }] of large) {
    const before = small.get(name)!.buffers;
    expect([name, scans]).toEqual([name, []]);
    // A level more in some indexes, not a page for each row.
    expect([name, before, buffers, buffers <= before * 1.5 + 60]).toEqual([name, before, buffers, true]);
    expect([name, buffers, buffers < 2_500]).toEqual([name, buffers, true]);
  }
});
