/**
 * Uploads as a client makes them: begin, put, complete, send.
 * @module
 */
import type { Media } from "../../../server/protocol/models.ts";
import type { TestAnswer, TestApp, TestUser } from "../app.ts";
import { png } from "./pictures.ts";

type Owner = Pick<TestUser, "id" | "token">;

/** What the server says of an upload that begins. */
export interface Begun {
  readonly media_id: string;
  readonly upload: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  readonly expires_at: string;
}

/** @returns What the server answers, where it takes it. */
export async function beginUpload(
  { request }: Pick<TestApp, "request">,
  owner: Owner,
  { size, type = "image/png" }: { size: number; type?: string },
): Promise<Begun> {
  const body = { content_type: type, size };
  return succeeded(await request("POST", "/api/v1/media", { token: owner.token, body }));
}

/** Puts the bytes where the server said, through this application. */
export async function putFile(
  { request }: Pick<TestApp, "request">,
  { upload: { method, url, headers } }: Begun,
  file: BodyInit,
): Promise<TestAnswer> {
  return await request(method, url, { rawBody: file, headers });
}

/** Uploads a file that is not completed. @returns Its id. */
export async function upload(
  app: Pick<TestApp, "request">,
  owner: Owner,
  file: Uint8Array = png(40, 30),
): Promise<string> {
  const begun = await beginUpload(app, owner, { size: file.length });
  succeeded(await putFile(app, begun, file as Uint8Array<ArrayBuffer>));
  return begun.media_id;
}

/** Completes an upload, whatever the answer is. */
export async function complete(
  { request }: Pick<TestApp, "request">,
  owner: Owner,
  id: string,
): Promise<TestAnswer> {
  return await request("POST", `/api/v1/media/${id}/complete`, { token: owner.token });
}

/** @returns A picture that can be sent. */
export async function uploadPicture(
  app: Pick<TestApp, "request">,
  owner: Owner,
  file?: Uint8Array,
): Promise<Media> {
  return succeeded<{ media: Media }>(await complete(app, owner, await upload(app, owner, file))).media;
}

/** Sends a new picture. @returns It, as its sender completed it. */
export async function sendPicture(
  app: Pick<TestApp, "request">,
  from: Owner,
  to: Pick<TestUser, "id">,
): Promise<Media> {
  const media = await uploadPicture(app, from);
  const body = { receiver_id: to.id, content: media.url, message_type: "image" };
  succeeded(await app.request("POST", "/api/v1/messages/send", { token: from.token, body }));
  return media;
}

function succeeded<T>({ status, body }: TestAnswer): T {
  if (status >= 300) throw new Error(`Cannot upload: ${status} ${JSON.stringify(body)}`);
  return body.data as T;
}
