/**
 * The jobs of notices: telling one after its grace, and mailing one to somebody who cannot sign in. Both are rows of the
 * durable queue, so that a process that dies loses none.
 * @module
 */

import type { Database } from "../../db/client.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { insertJob, type JobHandler, JobRefused } from "../../jobs/mod.ts";
import { AppError } from "../../protocol/errors.ts";
import type { SendMail } from "../auth/mod.ts";
import { lockUntold, selectMailable, updateTold } from "./queries.ts";

/** Kinds of the jobs. */
export const TELL_NOTICE = "tell_notice";
export const NOTICE_MAIL = "notice_mail";

/** A mail server may be away for three days: 30 s after the first attempt, then ever longer, at most an hour. */
const FIRST_DELAY_MS = 30_000;
const MAX_ATTEMPTS = 80;

interface Telling {
  readonly notice_id: string;
  readonly by_mail: boolean;
}

/**
 * @returns The handler that tells a notice. The row's lock decides between it and an undo: whichever comes second sees
 *   what the first one did.
 */
export function noticeTellingHandler(write: Write): JobHandler {
  return {
    maxAttempts: MAX_ATTEMPTS,
    async run({ notice_id, by_mail }: Telling) {
      await write(async (work) => {
        const untold = await lockUntold(work.sql, notice_id);
        if (!untold) return;
        await updateTold(work.sql, notice_id);
        work.emit(untold.userId, "moderation_notice", untold.data);
        if (by_mail) await insertJob(work.sql, { kind: NOTICE_MAIL, payload: { notice_id } });
      });
    },
  };
}

/**
 * @returns The handler that mails a notice. Address and words are read when it is sent: by then the account may be
 *   deleted. A mail is sent twice when the process dies between sending it and noting that.
 */
export function noticeMailHandler({ sql }: Pick<Database, "sql">, sendMail: SendMail): JobHandler {
  return {
    firstDelayMs: FIRST_DELAY_MS,
    maxAttempts: MAX_ATTEMPTS,
    async run({ notice_id }: { readonly notice_id: string }) {
      const found = await selectMailable(sql, notice_id);
      if (!found) return;
      const text = found.text.replaceAll("\n", "\n\n");
      try {
        await sendMail({ to: found.email, subject: "Your VibesMatch account", text });
      } catch (error) {
        const isRefused = error instanceof AppError && error.code === "VALIDATION_ERROR";
        throw isRefused ? new JobRefused("Cannot send the mail: the address takes none") : error;
      }
    },
  };
}
