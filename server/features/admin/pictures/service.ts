/**
 * Looking at a picture of a report: a link that shows one page once, with an entry in the audit log. The page holds the
 * picture itself, blurred and grey until somebody clicks on it, and leads nowhere.
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import type { Database } from "../../../db/client.ts";
import type { Write } from "../../../db/unit_of_work.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { MediaStore } from "../../media/mod.ts";
import { deleteView, insertView, openPicture, selectHeld } from "../../reports/mod.ts";
import { audit } from "../audit/chain.ts";
import { selectReport } from "../reports/list_queries.ts";
import { type Actor, requireMayReadEvidence } from "../staff/judging.ts";

/** Seconds in which the link must be opened. */
const SECONDS = 120;

/** A link to the page. */
export interface PictureView {
  /** A path of this server. */
  readonly url: string;
  readonly expires_at: string;
}

interface ViewDeps {
  readonly db: Pick<Database, "sql">;
  readonly write: Write;
  readonly store: MediaStore | null;
}

/** See {@link createStaffPictures}. */
export type StaffPictures = ReturnType<typeof createStaffPictures>;

/** @returns The service that shows pictures to staff. */
export function createStaffPictures({ db, write, store }: ViewDeps) {
  return {
    /**
     * @throws REPORT_NOT_FOUND, also for a report about the actor; MEDIA_NOT_FOUND for a picture that the report has not
     *   sealed; FORBIDDEN for a moderator and a report about a member of staff.
     */
    async link(
      actor: Actor,
      { reportId, mediaId }: { reportId: string; mediaId: string },
    ): Promise<PictureView> {
      const token = randomBytes(32).toString("base64url");
      await write(async ({ sql }) => {
        const report = await selectReport(sql, { id: reportId, viewerId: actor.id });
        if (!report) throw new AppError("REPORT_NOT_FOUND");
        await requireMayReadEvidence(sql, actor, report.reported.id);
        if (!(await selectHeld(sql, { reportId, mediaId }))) throw new AppError("MEDIA_NOT_FOUND");
        await insertView(sql, { reportId, mediaId, hash: hashOf(token), seconds: SECONDS });
        const target = { targetType: "report", targetId: reportId } as const;
        const after = { media_id: mediaId };
        await audit(sql, { actorId: actor.id, action: "report.picture_viewed", ...target, after });
      });
      const expires_at = new Date(Date.now() + SECONDS * 1_000).toISOString();
      return { url: `/evidence/${token}`, expires_at };
    },

    /** Uses a link up. @returns The page. @throws MEDIA_NOT_FOUND when it was used, has ended, or nothing is left. */
    async show(token: string): Promise<{ html: string; policy: string }> {
      const shown = await deleteView(db.sql, hashOf(token));
      const picture = shown && (await openPicture({ database: db, store }, shown));
      if (!picture) throw new AppError("MEDIA_NOT_FOUND", "The link was used, has ended, or is none of ours");
      return { html: pageOf(picture), policy: POLICY };
    },
  };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

const STYLE = `html{height:100%;background:#161618;color:#ccc;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100%;display:grid;place-items:center;text-align:center}
input{position:absolute;opacity:0}
img{max-width:96vw;max-height:86vh;filter:blur(40px) grayscale(1);cursor:pointer}
input:focus-visible+img{outline:3px solid #fff}
input:checked+img{filter:none}`;

const POLICY = [
  "default-src 'none'",
  "img-src data:",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A checkbox shows the picture: no script runs on the page. */
function pageOf(picture: Uint8Array): string {
  const data = Buffer.from(picture).toString("base64");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Picture of a report</title><style>${STYLE}</style></head>
<body><main><label><input type="checkbox" autofocus aria-label="Show the picture clearly">
<img alt="The picture as the report sealed it" src="data:image/webp;base64,${data}"></label>
<p>Click on the picture, or press space, to show it clearly. The link is used up: reloading shows nothing.</p>
</main></body></html>
`;
}
