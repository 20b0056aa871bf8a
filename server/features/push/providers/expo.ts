/**
 * Expo's push service: up to 100 notifications a request, each answered by a ticket. What became of a ticket is known
 * about a quarter of an hour later and asked for by a durable job.
 * @module
 */
import { Batcher } from "../../../lib/batcher.ts";
import {
  ATTEMPT_MS,
  dataOf,
  type Notice,
  type Outcome,
  type Provider,
  retryAfterMs,
  type Target,
  unanswered,
} from "./provider.ts";

/** A notification that Expo has taken; the receipt says whether it arrived at Apple or Google. */
export interface ExpoTicket {
  readonly ticketId: string;
  readonly deviceId: string;
}

interface ExpoOptions {
  readonly token: string;
  /** Instead of Expo's. */
  readonly url?: string | null | undefined;
  /** Told of the tickets of each request, to ask for their receipts later. */
  readonly onTickets: (tickets: readonly ExpoTicket[]) => Promise<void>;
  /** Told of tickets that could not be stored: what they stand for was sent all the same. */
  readonly onError: (error: unknown) => void;
}

/** Expo's provider also reads receipts. */
export interface ExpoProvider extends Provider {
  /**
   * @returns What became of the tickets that are known by now; a ticket without an entry is asked for again.
   * @throws Error when Expo does not answer.
   */
  receipts(ticketIds: readonly string[]): Promise<ReadonlyMap<string, Outcome>>;
}

interface Answer {
  readonly status: "ok" | "error";
  readonly id?: string;
  readonly details?: { readonly error?: string };
}
interface Item {
  readonly target: Target;
  readonly notice: Notice;
}

const URL_OF_EXPO = "https://exp.host/--/api/v2/push";
const MAX_BATCH = 100;

export function createExpoProvider({ token, url, onTickets, onError }: ExpoOptions): ExpoProvider {
  const base = url ?? URL_OF_EXPO;

  async function call(path: string, body: object): Promise<Response> {
    return await fetch(`${base}${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json",
      },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
  }

  async function sendAll(items: readonly Item[]): Promise<Outcome[]> {
    try {
      const response = await call("/send", items.map(messageOf));
      const text = await response.text();
      if (!response.ok) {
        const failed = judgeStatus(response);
        return items.map(() => failed);
      }
      const { data } = JSON.parse(text) as { data: readonly Answer[] };
      const tickets = items.flatMap(({ target: { deviceId } }, at) => {
        const ticketId = data[at]?.id;
        return ticketId === undefined ? [] : [{ ticketId, deviceId }];
      });
      if (tickets.length > 0) await onTickets(tickets).catch(onError);
      return items.map((_, at) => judgeAnswer(data[at]));
    } catch (error) {
      return items.map(() => unanswered(error));
    }
  }

  const batcher = new Batcher<Item, Outcome>({
    run: sendAll,
    keyOf: ({ target }) => target.deviceId,
    maxBatch: MAX_BATCH,
    maxInFlight: 4,
    worthwhile: MAX_BATCH,
    patienceMs: 20,
    maxWaiting: 10_000,
    deadlineMs: 2 * ATTEMPT_MS,
    refuse: (why) => Object.assign(new Error(`Cannot send: ${why}`), { code: "Busy" }),
  });

  return {
    name: "expo",
    send: (target, notice) => batcher.add({ target, notice }).catch(unanswered),
    async receipts(ticketIds) {
      const response = await call("/getReceipts", { ids: ticketIds });
      const text = await response.text();
      if (!response.ok) throw new Error(`Cannot read the receipts: Expo answers ${response.status}`);
      const { data } = JSON.parse(text) as { data: Readonly<Record<string, Answer>> };
      return new Map(Object.entries(data).map(([id, answer]) => [id, judgeAnswer(answer)]));
    },
  };
}

function messageOf({ target, notice }: Item) {
  const { title, body, badge, ttlSeconds: ttl, collapseKey } = notice;
  const base = {
    to: target.token,
    data: dataOf(notice),
    badge,
    ttl,
    collapseId: collapseKey,
    tag: collapseKey,
  };
  return notice.type === "read"
    ? { ...base, _contentAvailable: true, priority: "normal" }
    : { ...base, title, body, sound: "default", priority: "high" };
}

function judgeAnswer(answer: Answer | undefined): Outcome {
  if (answer?.status === "ok") return { kind: "sent" };
  const reason = answer?.details?.error ?? "NoTicket";
  if (reason === "DeviceNotRegistered") return { kind: "dead", reason };
  if (reason === "MessageTooBig") return { kind: "refused", reason };
  return { kind: "retry", reason };
}

function judgeStatus({ status, headers }: Response): Outcome {
  const reason = `Status${status}`;
  if (status === 429 || status >= 500) return { kind: "retry", reason, afterMs: retryAfterMs(headers) };
  // 401: our token. It concerns every device, and an operator can mend it.
  if (status === 401 || status === 403) return { kind: "retry", reason, afterMs: 60_000 };
  return { kind: "refused", reason };
}
