/**
 * Tells people what moderation decided. Every notice is a row in the transaction of the decision; the person hears of it
 * (event, push, mail) after the time in which the decision may be undone, by a job of the durable queue.
 * @module
 */

import type { Database } from "../../db/client.ts";
import type { Work } from "../../db/unit_of_work.ts";
import { insertJob } from "../../jobs/mod.ts";
import { newId } from "../../lib/ids.ts";
import { type PageOf, type PageOptions, readPage } from "../../lib/page.ts";
import { NOTICE_MAIL, TELL_NOTICE } from "./jobs.ts";
import {
  deleteUntold,
  insertNotice,
  type NoticeData,
  type NoticeOf,
  selectNotices,
  selectWasTold,
} from "./queries.ts";
import type { Notice } from "./schema.ts";

/** The dashboard offers undo for 8 s after a decision; two more for the way to the server. */
export const NOTICE_GRACE_MS = 10_000;

/** Something to tell. */
export interface NewNotice {
  readonly userId: string;
  readonly data: NoticeData;
  readonly sanctionId?: string | undefined;
  /** Also by mail, for those who cannot sign in. @default false */
  readonly byMail?: boolean;
  /** Whether the decision can be undone: then it is told after the grace. @default false */
  readonly undoable?: boolean;
}

/** See {@link createNotices}. */
export type Notices = ReturnType<typeof createNotices>;

interface NoticesDeps {
  readonly db: Pick<Database, "sql">;
  /** How long a decision may be undone before anybody hears of it, ms; 0: told with the decision. */
  readonly graceMs?: number | undefined;
}

/** @returns The service of notices. */
export function createNotices({ db, graceMs = NOTICE_GRACE_MS }: NoticesDeps) {
  return {
    /** Stores a notice in the transaction of what it tells of. */
    async tell(
      work: Work,
      { userId, data, sanctionId, byMail = false, undoable = false }: NewNotice,
    ): Promise<void> {
      const id = newId();
      const isTold = !undoable || graceMs === 0;
      await insertNotice(work.sql, { id, userId, data, sanctionId: sanctionId ?? null, isTold });
      if (!isTold) {
        const payload = { notice_id: id, by_mail: byMail };
        await insertJob(work.sql, { kind: TELL_NOTICE, payload, delayMs: graceMs });
        return;
      }
      work.emit(userId, "moderation_notice", data);
      if (byMail) await insertJob(work.sql, { kind: NOTICE_MAIL, payload: { notice_id: id } });
    },

    /**
     * Takes back what nobody was told yet.
     * @returns Whether the person has heard of the decision, so that its end must be told in words.
     */
    async withdraw({ sql }: Pick<Work, "sql">, of: NoticeOf): Promise<boolean> {
      const deleted = await deleteUntold(sql, of);
      return deleted === 0 || (await selectWasTold(sql, of));
    },

    /** What the person was told, newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(userId: string, page: PageOptions): Promise<PageOf<Notice>> {
      const found = await readPage(
        page,
        (range) => selectNotices(db.sql, { userId, ...range }),
        ({ notice, at }) => ({ id: notice.id, createdAt: at }),
      );
      return { items: found.items.map(({ notice }) => notice), cursor: found.cursor };
    },
  };
}
