/**
 * A push service in a process of its own, as Expo's speaks: `bun test/chaos/push_provider.ts <port> <ms>`. It answers
 * only after that time, so that a sender that dies has notifications under way, and tells at `/arrived` what it took.
 * @module
 */

/** A notification that arrived. */
export interface Arrived {
  readonly to: string;
  readonly collapseId: string;
  /** Position in the person's log of the newest event that it stands for. */
  readonly seq: number;
}

interface Sent {
  readonly to: string;
  readonly collapseId: string;
  readonly data: { readonly seq: number };
}

if (import.meta.main) {
  const [port, delayMs] = process.argv.slice(2).map(Number);
  const arrived: Arrived[] = [];
  Bun.serve({
    hostname: "127.0.0.1",
    port: port!,
    async fetch(request) {
      if (new URL(request.url).pathname === "/arrived") return Response.json(arrived);
      const messages = (await request.json()) as Sent[];
      for (const { to, collapseId, data } of messages) arrived.push({ to, collapseId, seq: data.seq });
      await Bun.sleep(delayMs!);
      return Response.json({ data: messages.map(() => ({ status: "ok", id: crypto.randomUUID() })) });
    },
  });
  console.log("listening");
}
