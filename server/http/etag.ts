/**
 * Entity tags of what clients may keep: documents, pages and the configuration. Whoever has it already is answered 304
 * without a body. Answers that must not be stored have none.
 * @module
 */

/** Scripts and pictures are kept by their age alone: hashing 1.7 MB at each request would cost more than it saves. */
const TAGGED = /^(?:application\/json|text\/html)\b/;

type Handler = (request: Request, ...more: unknown[]) => unknown;

/** Wraps the application's handler, inside of compression: a tag stands for the content, whatever its encoding. */
export function tagged(handler: Handler): Handler {
  return (request, ...more) => {
    const answer = handler(request, ...more) as Response | Promise<Response>;
    if (request.method !== "GET") return answer;
    return answer instanceof Promise
      ? answer.then((response) => tag(request, response))
      : tag(request, answer);
  };
}

function tag(request: Request, answer: Response): Response | Promise<Response> {
  const { status, headers } = answer;
  const isKept = !/\bno-store\b/.test(headers.get("cache-control") ?? "");
  if (status !== 200 || !isKept || !TAGGED.test(headers.get("content-type") ?? "")) return answer;
  // A route whose answers differ in nothing but the time tags what is stable of them, and has judged its tag itself.
  if (headers.has("etag")) return answer;
  return answer.text().then((text) => {
    // Weak: the same content may be compressed in one way or another.
    const etag = `W/"${Bun.hash(text).toString(36)}"`;
    headers.set("etag", etag);
    if (!isKnownTag(request, etag)) return new Response(text, { status, headers });
    for (const name of ["content-type", "content-length"]) headers.delete(name);
    return new Response(null, { status: 304, headers });
  });
}

/** @returns Whether the caller has what the tag stands for: `If-None-Match`, compared weakly, as RFC 9110 asks for. */
export function isKnownTag({ headers }: Request, etag: string): boolean {
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch === null) return false;
  const bare = (value: string) => value.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((value) => value.trim() === "*" || bare(value) === bare(etag));
}
