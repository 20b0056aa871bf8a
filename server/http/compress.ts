/**
 * Compresses JSON answers of more than 1 KiB for callers that can read it: what is read by GET, the lists and the
 * documents. Answers that carry tokens are never of that kind, so nothing secret is compressed beside text of others.
 * @module
 */

/** Smaller answers fit into one packet either way, characters. */
const LEAST = 1_024;
/** The fastest levels: history pages shrink to a third, for tens of microseconds. */
const ZSTD_LEVEL = 1;
const GZIP_LEVEL = 1;

type Encoding = "zstd" | "gzip";
type Handler = (request: Request, ...more: unknown[]) => unknown;

/**
 * Wraps the application's handler; Elysia's own hook for this, mapResponse, loses failures of unknown routes when it
 * returns nothing.
 */
export function compressed(handler: Handler): Handler {
  return (request, ...more) => {
    const answer = handler(request, ...more) as Response | Promise<Response>;
    if (request.method !== "GET") return answer;
    const encoding = acceptedEncoding(request.headers.get("accept-encoding"));
    return answer instanceof Promise
      ? answer.then((response) => compressAnswer(response, encoding))
      : compressAnswer(answer, encoding);
  };
}

/** @returns The best of ours that the header allows; undefined for none. */
export function acceptedEncoding(header: string | null): Encoding | undefined {
  if (!header) return undefined;
  const weights = new Map(
    header
      .toLowerCase()
      .split(",")
      .map((part) => {
        const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim());
        const weight = parameters.find((parameter) => parameter.startsWith("q="));
        return [name, weight === undefined ? 1 : Number(weight.slice(2)) || 0] as const;
      }),
  );
  const wanted = (encoding: Encoding) => weights.get(encoding) ?? weights.get("*") ?? 0;
  if (wanted("zstd") > 0 && wanted("zstd") >= wanted("gzip")) return "zstd";
  return wanted("gzip") > 0 ? "gzip" : undefined;
}

async function compressAnswer(answer: Response, encoding: Encoding | undefined): Promise<Response> {
  const { status, headers } = answer;
  const isJson = headers.get("content-type")?.startsWith("application/json");
  if (status !== 200 || !isJson || headers.has("content-encoding")) return answer;
  if (!/\baccept-encoding\b/i.test(headers.get("vary") ?? "")) headers.append("vary", "accept-encoding");
  if (!encoding) return answer;
  const text = await answer.text();
  if (text.length < LEAST) return new Response(text, { status, headers });
  headers.set("content-encoding", encoding);
  return new Response(compress(text, encoding), { status, headers });
}

function compress(text: string, encoding: Encoding): Uint8Array<ArrayBuffer> {
  if (encoding === "gzip") return Bun.gzipSync(text, { level: GZIP_LEVEL });
  return new Uint8Array(Bun.zstdCompressSync(text, { level: ZSTD_LEVEL }));
}
