/**
 * A proxy in front of a server that lets HTTP through and refuses WebSockets on demand, as proxies of companies do.
 * @module
 */
import { connect, createServer, type Socket } from "node:net";

/** See {@link startUpgradeGate}. */
export interface UpgradeGate extends AsyncDisposable {
  readonly url: string;
  /** When the server's first byte came through, by `performance.now()`; undefined: none did. */
  readonly firstAnswerAt: number | undefined;
  /** WebSockets are refused from now on, and those that are open are cut. */
  block(): void;
  /** WebSockets are let through again. */
  unblock(): void;
}

const UPGRADE = /^upgrade: *websocket/im;
const REFUSAL = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/** @param target The port of a server on this machine. */
export async function startUpgradeGate(target: number): Promise<UpgradeGate> {
  const all = new Set<Socket>();
  const webSockets = new Set<Socket>();
  let isBlocked = false;
  let firstAnswerAt: number | undefined;

  function keep(socket: Socket, other: () => Socket | undefined): void {
    all.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      all.delete(socket);
      webSockets.delete(socket);
      other()?.destroy();
    });
  }

  const server = createServer((client) => {
    let upstream: Socket | undefined;
    keep(client, () => upstream);
    // A client sends the whole head of a request at once; a connection that is upgraded begins with that.
    client.once("data", (head) => {
      const isUpgrade = UPGRADE.test(head.toString("latin1"));
      if (isUpgrade && isBlocked) {
        client.end(REFUSAL);
        return;
      }
      if (isUpgrade) webSockets.add(client);
      upstream = connect(target, "127.0.0.1");
      keep(upstream, () => client);
      upstream.once("data", () => {
        firstAnswerAt ??= performance.now();
      });
      upstream.write(head);
      client.pipe(upstream);
      upstream.pipe(client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    get firstAnswerAt() {
      return firstAnswerAt;
    },
    block() {
      isBlocked = true;
      for (const socket of webSockets) socket.destroy();
    },
    unblock() {
      isBlocked = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of all) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
