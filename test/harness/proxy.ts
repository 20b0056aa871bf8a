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
  /**
   * Changes requests on their way until one is changed; the length has to stay, or the protocol is out of step.
   * @returns Resolves then.
   */
  alterOne(change: (bytes: string) => string): Promise<void>;
  /** Bytes flow again, on connections old and new; what vanished stays lost. */
  pass(): void;
  /** Cuts every connection. */
  cut(): void;
  /** The other end of every connection is gone and nobody is told: they stay open, for ever silent. New ones work. */
  halfOpen(): void;
  /** From now on new connections go to another port. */
  retarget(port: number): void;
  /** Resets one connection (RST), picked at random, on both sides. @returns How many there were: 0 or 1. */
  resetOne(): number;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  isHalfOpen: boolean;
}

/** Starts a proxy to a port of this machine. */
export async function startProxy(target: number): Promise<TestProxy> {
  const links = new Set<Link>();
  const passing = { requests: true, answers: true };
  let to = target;
  let alter = (bytes: Buffer) => bytes;

  function pipe(link: Link, what: keyof typeof passing): void {
    const { client, upstream } = link;
    const [from, onto] = what === "requests" ? [client, upstream] : [upstream, client];
    from.on("data", (bytes) => {
      if (passing[what] && !link.isHalfOpen) onto.write(what === "requests" ? alter(bytes as Buffer) : bytes);
    });
    from.on("error", () => {});
    from.on("close", () => {
      if (link.isHalfOpen && from === link.upstream) return;
      links.delete(link);
      onto.destroy();
    });
  }

  function destroyAll(): void {
    for (const { client, upstream } of links) for (const socket of [client, upstream]) socket.destroy();
  }

  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    const link: Link = { client, upstream, isHalfOpen: false };
    links.add(link);
    pipe(link, "requests");
    pipe(link, "answers");
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
    alterOne(change) {
      const altered = Promise.withResolvers<void>();
      alter = (bytes) => {
        const before = bytes.toString("latin1");
        const after = change(before);
        if (after === before) return bytes;
        alter = (same) => same;
        altered.resolve();
        return Buffer.from(after, "latin1");
      };
      return altered.promise;
    },
    pass() {
      Object.assign(passing, { requests: true, answers: true });
    },
    cut: destroyAll,
    halfOpen() {
      for (const link of links) {
        link.isHalfOpen = true;
        link.upstream.destroy();
      }
    },
    retarget(port) {
      to = port;
    },
    resetOne() {
      const link = [...links][Math.floor(Math.random() * links.size)];
      if (link === undefined) return 0;
      for (const socket of [link.client, link.upstream]) socket.resetAndDestroy();
      return 1;
    },
    async close() {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
