/**
 * The mail of a statement of reasons, for whoever is signed out and cannot read it in the app: a job of the durable
 * queue, stored by the transaction of the sanction, so that a process that dies after the commit loses no mail.
 * @module
 */
import type { Database, Sql } from "../../../db/client.ts";
import { insertJob, type JobHandler, JobRefused } from "../../../jobs/mod.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { SendMail } from "../../auth/mod.ts";
import { sanctionNotice } from "./notices.ts";
import { selectMailable } from "./queries.ts";
import type { Sanction } from "./schema.ts";

/** Kind of the job. */
export const SANCTION_MAIL = "sanction_mail";
/** A mail server may be away for three days: 30 s after the first attempt, then ever longer, at most an hour. */
const FIRST_DELAY_MS = 30_000;
const MAX_ATTEMPTS = 80;

/** The address and the words are read when the mail is sent: by then the account may be deleted. */
interface Payload {
  readonly sanction_id: string;
  /** Whether it tells of a confirmed ban. */
  readonly permanent: boolean;
}

/** @param sql The transaction of the sanction. */
export async function storeSanctionMail(sql: Sql, { id, permanent }: Sanction): Promise<void> {
  const payload: Payload = { sanction_id: id, permanent };
  await insertJob(sql, { kind: SANCTION_MAIL, payload: { ...payload } });
}

/** @returns The handler of the job. A mail is sent twice when the process dies between sending it and noting that. */
export function sanctionMailHandler({ sql }: Pick<Database, "sql">, sendMail: SendMail): JobHandler {
  return {
    firstDelayMs: FIRST_DELAY_MS,
    maxAttempts: MAX_ATTEMPTS,
    async run({ sanction_id, permanent }: Payload) {
      const found = await selectMailable(sql, sanction_id);
      // Lifted, or the account deleted, meanwhile; or the ban was confirmed, of which another mail tells.
      if (!found || found.sanction.permanent !== permanent) return;
      const text = sanctionNotice(found.sanction).text.replaceAll("\n", "\n\n");
      try {
        await sendMail({ to: found.email, subject: "Your VibesMatch account", text });
      } catch (error) {
        const isRefused = error instanceof AppError && error.code === "VALIDATION_ERROR";
        throw isRefused ? new JobRefused("Cannot send the mail: the address takes none") : error;
      }
    },
  };
}
