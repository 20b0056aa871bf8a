/**
 * A TCP proxy that misbehaves on demand, to stand between a server and what it depends on.
 * @module
 */
import { connect, createServer, type Socket } from "node:net";

/** A running proxy. */
export interface TestProxy {
  readonly port: number;
  /** From now on bytes vanish in both directions while connections stay open. */
  blackhole(): void;
  /** From now on requests arrive and their answers vanish. */
  swallowAnswers(): void;
  /** Bytes flow again, on connections old and new; what vanished stays lost. */
  pass(): void;
  /** Cuts every connection. */
  cut(): void;
  /** Resets one connection (RST), picked at random, on both sides. @returns How many there were: 0 or 1. */
  resetOne(): number;
  close(): Promise<void>;
}

/** Starts a proxy to a port of this machine. */
export async function startProxy(target: number): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const links = new Set<readonly [Socket, Socket]>();
  const passing = { requests: true, answers: true };

  function pipe(from: Socket, ...[to, what]: [Socket, keyof typeof passing]): void {
    sockets.add(from);
    from.on("data", (bytes) => passing[what] && to.write(bytes));
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    pipe(client, upstream, "requests");
    pipe(upstream, client, "answers");
    const link = [client, upstream] as const;
    links.add(link);
    client.on("close", () => links.delete(link));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    blackhole() {
      Object.assign(passing, { requests: false, answers: false });
    },
    swallowAnswers() {
      Object.assign(passing, { requests: true, answers: false });
    },
    pass() {
      Object.assign(passing, { requests: true, answers: true });
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    resetOne() {
      const link = [...links][Math.floor(Math.random() * links.size)];
      if (link === undefined) return 0;
      for (const socket of link) socket.resetAndDestroy();
      return 1;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
