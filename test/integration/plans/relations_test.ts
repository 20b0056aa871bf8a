/**
 * The lists of requests, matches and people to meet touch as many pages for somebody with ten thousand of each as
 * for somebody with two thousand.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { selectLikeReset, selectProfiles } from "../../../server/features/discovery/queries.ts";
import { selectMatches } from "../../../server/features/matches/queries.ts";
import { selectRequests } from "../../../server/features/requests/queries.ts";
import { createTestApp, type TestApp, type TestUser } from "../../harness/app.ts";
import { tidyUp } from "../../harness/database.ts";
import { buffersOf, createRecorder, seqScansOf } from "../../harness/explain.ts";

const SMALL = 2_000;
const LARGE = 10_000;
let t: TestApp;
let me: TestUser;

beforeAll(async () => {
  t = await createTestApp();
  me = await t.createUser();
});
afterAll(() => t.close());

/** Adds people: each of four is asked by, asks, matches or is liked by the viewer; a fifth is only there. */
async function load({ from, to }: { from: number; to: number }): Promise<void> {
  await t.context.database.begin(
    async (sql) => {
      await sql`set local statement_timeout = 0`;
      await sql`
        insert into users (id, email, name, date_of_birth, gender, country)
        select md5(i::text)::uuid, i || '@example.com', 'Person ' || i, '1990-01-01',
          (array['female', 'male', 'non-binary'])[1 + i % 3], 'DE'
        from generate_series(${from * 5}::int, ${to * 5 - 1}::int) i
      `;
      await sql`
        insert into user_presence (user_id, gender, is_online, last_active)
        select md5(i::text)::uuid, (array['female', 'male', 'non-binary'])[1 + i % 3], i % 10 = 0,
          now() - i * interval '1 second'
        from generate_series(${from * 5}::int, ${to * 5 - 1}::int) i
      `;
      for (const [kind, sender, receiver] of [
        [0, sql`md5(i::text)::uuid`, sql`${me.id}::uuid`],
        [1, sql`${me.id}::uuid`, sql`md5(i::text)::uuid`],
      ] as const) {
        await sql`
          with message as (
            insert into messages (
              id, conversation_id, sender_id, receiver_id, content, is_request, request_status, request_id
            )
            select gen_random_uuid(), conversation_id_of(${sender}, ${receiver}), ${sender}, ${receiver}, 'Hi', true, 'pending', gen_random_uuid()
            from generate_series(${from * 5}::int, ${to * 5 - 1}::int) i where i % 5 = ${kind}
            returning *
          )
          insert into message_requests (id, sender_id, receiver_id, message_id, preview_text, created_at)
          select request_id, sender_id, receiver_id, id, content, now() - random() * interval '30 days' from message
        `;
      }
      await sql`
        insert into matches (id, user1_id, user2_id, match_type, matched_at)
        select gen_random_uuid(), least(md5(i::text)::uuid, ${me.id}), greatest(md5(i::text)::uuid, ${me.id}),
          'mutual_like', now() - random() * interval '30 days'
        from generate_series(${from * 5}::int, ${to * 5 - 1}::int) i where i % 5 = 2
      `;
      await sql`
        insert into user_actions (id, actor_id, target_id, action_type)
        select gen_random_uuid(), ${me.id}, md5(i::text)::uuid, 'like'
        from generate_series(${from * 5}::int, ${to * 5 - 1}::int) i where i % 5 = 3
      `;
    },
    { deadlineMs: 0 },
  );
  await tidyUp(t.ownerUrl);
}

const viewerId = () => me.id;

/** Every list, first page and a further one. */
async function measure(): Promise<Map<string, { buffers: number; scans: string[] }>> {
  const measured = new Map<string, { buffers: number; scans: string[] }>();
  const { sql } = t.context.database;
  async function record(name: string, run: (tag: typeof sql) => Promise<unknown>): Promise<void> {
    const recorder = createRecorder(sql);
    await run(recorder.sql);
    expect(recorder.plans).toHaveLength(1);
    const [plan] = recorder.plans;
    measured.set(name, { buffers: buffersOf(plan), scans: seqScansOf(plan!) });
  }
  for (const type of ["received", "sent"] as const) {
    const order = { viewerId: viewerId(), type, status: "pending", limit: 21 } as const;
    const rows = await selectRequests(sql, { ...order, limit: 100, after: null });
    const last = rows.at(-1)!;
    await record(`${type} requests`, (tag) => selectRequests(tag, { ...order, after: null }));
    const after = { id: last.id, createdAt: last.position };
    await record(`${type} requests, further`, (tag) => selectRequests(tag, { ...order, after }));
  }
  const order = { viewerId: viewerId(), limit: 21 };
  const lastMatch = (await selectMatches(sql, { ...order, limit: 100, after: null })).at(-1)!;
  await record("matches", (tag) => selectMatches(tag, { ...order, after: null }));
  const afterMatch = { id: lastMatch.id, createdAt: lastMatch.position };
  await record("matches, further", (tag) => selectMatches(tag, { ...order, after: afterMatch }));
  const lastProfile = (await selectProfiles(sql, { ...order, limit: 50, after: null })).at(-1)!;
  await record("people to meet", (tag) => selectProfiles(tag, { ...order, after: null }));
  await record("people to meet, further", (tag) => selectProfiles(tag, { ...order, after: lastProfile }));
  const rate = { points: 20, seconds: 43_200 };
  const like = { actorId: viewerId(), targetId: viewerId(), rate };
  await record("the like limit", (tag) => selectLikeReset(tag, like));
  return measured;
}

test("pages touched do not grow with what there is", async () => {
  await load({ from: 0, to: SMALL });
  const small = await measure();
  await load({ from: SMALL, to: LARGE });
  const large = await measure();
  for (const [name, { buffers, scans }] of large) {
    // An index that has grown by a level costs one page more for each row that is looked up.
    const few = small.get(name)!.buffers * 1.5;
    expect({ name, buffers, few, fits: buffers <= few }).toEqual({ name, buffers, few, fits: true });
    const big = scans.filter((table) => !["user_blocks", "conversations"].includes(table));
    expect({ name, big }).toEqual({ name, big: [] });
  }
});
