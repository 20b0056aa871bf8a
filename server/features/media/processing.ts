/**
 * What happens to an uploaded file: its size is looked up, it is decoded, stored anew, and shown to the scanner. The row
 * changes last, so that it promises only what is there; doing it again, after a crash too, does the same.
 * @module
 */
import { createHash } from "node:crypto";
import type { Database } from "../../db/client.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Decoder } from "./decode/decoder.ts";
import { UnusablePicture } from "./decode/header.ts";
import { keyOf } from "./life.ts";
import * as queries from "./queries.ts";
import { type Scanner, scan, storeScan } from "./scanning.ts";
import { MAX_BYTES } from "./schema.ts";
import type { MediaStore } from "./store/mod.ts";

/** What it needs. */
export interface ProcessingDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
  readonly decoder: Pick<Decoder, "decode">;
  /** Null: nobody is asked. */
  readonly scanner: Scanner | null;
  readonly onError: (error: unknown) => void;
}

/**
 * @returns What settles a pending upload: its row as it is then.
 * @throws CONFLICT when no file has arrived, PAYLOAD_TOO_LARGE, UNUSABLE_PICTURE, SERVICE_UNAVAILABLE
 */
export function createProcessing(deps: ProcessingDeps) {
  const { database, write, decoder, scanner, onError } = deps;
  const { sql } = database;

  async function work(objects: MediaStore, row: queries.MediaRow): Promise<queries.MediaRow> {
    const { id, size: declared } = row;
    const size = await objects.size(keyOf("upload", id));
    if (size === null) throw new NotArrived();
    if (size > Math.min(declared, MAX_BYTES)) throw tooLarge(declared);
    const { picture, thumb, ...facts } = await decoder.decode(async () => {
      const file = await objects.open(keyOf("upload", id));
      if (file === null) throw new NotArrived();
      return file.stream();
    });
    await objects.write(keyOf("picture", id), picture);
    await objects.write(keyOf("thumb", id), thumb);
    const hash = createHash("sha256").update(picture).digest("hex");
    const state = scanner ? ("held" as const) : ("ready" as const);
    await write(async (work) => {
      await queries.updateDecoded(work.sql, { id, state, size: picture.length, hash, ...facts });
      if (scanner) await storeScan(work.sql, id);
    });
    await objects.remove(keyOf("upload", id)).catch(onError);
    if (scanner) await askAtOnce(scanner, { id, hash });
    const [done] = await queries.selectMedia(sql, [id]);
    return done!;
  }

  /** The first question; what it does not settle is the job's. */
  async function askAtOnce(by: Scanner, picture: { id: string; hash: string }): Promise<void> {
    try {
      await scan(database, by, picture);
    } catch (error) {
      onError(error);
      if (by.whenLate !== "allow") return;
      await queries.updateState(sql, { id: picture.id, from: "held", to: "ready" });
    }
  }

  async function refuse(objects: MediaStore, { id }: queries.MediaRow, refusal: UnusablePicture) {
    await queries.updateState(sql, { id, from: "pending", to: "gone" });
    await objects.remove(keyOf("upload", id)).catch(onError);
    return unusable(refusal.reason, refusal.message);
  }

  async function settle(objects: MediaStore, row: queries.MediaRow): Promise<queries.MediaRow> {
    try {
      return await work(objects, row);
    } catch (error) {
      if (error instanceof UnusablePicture) throw await refuse(objects, row, error);
      if (!(error instanceof NotArrived)) throw error;
      // Or another process has completed it meanwhile, and removed the file.
      const [now] = await queries.selectMedia(sql, [row.id]);
      if (now && now.state !== "pending") return now;
      throw error;
    }
  }

  const settling = new Settling();
  return (objects: MediaStore, row: queries.MediaRow): Promise<queries.MediaRow> =>
    settling.share(row.id, () => settle(objects, row));
}

/** Pictures that are being settled: a client that did not wait for the answer asks again, and gets the same one. */
class Settling {
  readonly #underWay = new Map<string, Promise<queries.MediaRow>>();

  share(id: string, settle: () => Promise<queries.MediaRow>): Promise<queries.MediaRow> {
    const answer = this.#underWay.get(id) ?? settle().finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, answer);
    return answer;
  }
}

class NotArrived extends AppError {
  constructor() {
    super("CONFLICT", "Cannot complete the upload: no file has arrived");
  }
}

/** @param declared Bytes. */
export function tooLarge(declared: number): AppError {
  const limit = Math.min(declared, MAX_BYTES);
  return new AppError("PAYLOAD_TOO_LARGE", `The file is larger than was declared: ${limit} bytes`, { limit });
}

/** @param reason For clients. @param message What follows "it". */
export function unusable(reason: string, message: string): AppError {
  return new AppError("UNUSABLE_PICTURE", `Cannot use the picture: it ${message}`, { reason });
}
