/**
 * The export of everything that is stored about a person, as one JSON text that is written while it is read: a page
 * of rows in memory at a time, and none while the reader is slow. It knows no HTTP.
 * @module
 */
import type { Reader } from "../../db/replica.ts";
import type { MediaService } from "../media/mod.ts";
import type { UserService } from "../users/mod.ts";
import type { PagedRow } from "./export_messages.ts";
import { LISTS } from "./export_queries.ts";
import type { ExportList } from "./schema.ts";

/** See {@link createExportService}. */
export interface ExportService {
  /**
   * The export as it is while it is being read, not as of one moment: holding a snapshot for a slow reader would
   * keep the database from tidying up.
   *
   * @returns The success envelope, in chunks. It fails in the middle when the database does.
   * @throws NOT_FOUND when the account is closed.
   */
  exportOf(userId: string): Promise<ReadableStream<Uint8Array>>;
}

/** What it needs. */
export interface ExportDeps {
  /** The export is of the last seconds, not of one moment. */
  readonly reader: Reader;
  readonly users: Pick<UserService, "getOwnProfile">;
  readonly media: Pick<MediaService, "read">;
}

/** Rows a page. */
const PAGE = 500;

/** @returns The service of the export. */
export function createExportService({ reader, users, media }: ExportDeps): ExportService {
  async function* pagesOf(list: ExportList, userId: string): AsyncGenerator<readonly PagedRow[]> {
    let after: PagedRow | null = null;
    do {
      const page = { userId, after, limit: PAGE };
      const rows: readonly PagedRow[] = await reader.read((sql) => LISTS[list](sql, page));
      yield rows;
      after = rows.length === PAGE ? rows.at(-1)! : null;
    } while (after !== null);
  }

  /** A picture that is away at this moment is left out, its row is not. */
  async function withPicture(item: Record<string, unknown>): Promise<Record<string, unknown>> {
    const bytes = await media.read(item.id as string);
    return { ...item, webp: bytes && Buffer.from(bytes).toString("base64") };
  }

  async function* write(userId: string, head: object): AsyncGenerator<string> {
    // The envelope is left open for the lists: `{"success":true,"data":{"generated_at":…,"profile":…`
    yield JSON.stringify({ success: true, data: head }).slice(0, -2);
    for (const list of Object.keys(LISTS) as ExportList[]) {
      let text = `,"${list}":[`;
      let isFirst = true;
      for await (const rows of pagesOf(list, userId)) {
        for (const { item } of rows) {
          // One picture in memory at a time; the other lists are small beside it and go out a page at once.
          const whole = list === "media" ? await withPicture(item) : item;
          text += `${isFirst ? "" : ","}${JSON.stringify(whole)}`;
          isFirst = false;
          if (list === "media") {
            yield text;
            text = "";
          }
        }
        yield text;
        text = "";
      }
      yield "]";
    }
    yield ',"complete":true}}';
  }

  return {
    async exportOf(userId) {
      const profile = await users.getOwnProfile(userId);
      const chunks = write(userId, { generated_at: new Date().toISOString(), profile });
      const encoder = new TextEncoder();
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        },
        async cancel() {
          await chunks.return(undefined);
        },
      });
    },
  };
}
