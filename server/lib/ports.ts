/**
 * Whether a TCP port can be listened on: binds it for a moment, without sharing it.
 * @module
 */
import net from "node:net";

/** The port cannot be listened on. */
export class ListenError extends Error {
  /** Exit code of the command line: wrong usage. */
  readonly exitCode = 2;
  /** `EADDRINUSE`, `EACCES` … */
  readonly code: string;

  constructor(host: string, port: number, cause: unknown) {
    const { code = "UNKNOWN", message } = cause as { code?: string; message?: string };
    const why =
      {
        EADDRINUSE: "another program uses it",
        EACCES: "binding it is not permitted",
        EADDRNOTAVAIL: "this machine has no such address",
      }[code] ?? message;
    super(`Cannot listen on ${hostAndPort(host, port)}: ${why}`, { cause });
    this.name = "ListenError";
    this.code = code;
  }
}

/**
 * @param port 0 takes any free one.
 * @returns The port, which nobody listened on a moment ago.
 * @throws ListenError
 */
export function freePort(host: string, port = 0): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const probe = net.createServer();
  probe.once("error", (error) => reject(new ListenError(host, port, error)));
  probe.listen({ host: host.replace(/^\[|\]$/g, ""), port, exclusive: true }, () => {
    const { port: bound } = probe.address() as net.AddressInfo;
    probe.close(() => resolve(bound));
  });
  return promise;
}

/** @returns `host:port`, with brackets around an IPv6 address. */
export function hostAndPort(host: string, port: number): string {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare.includes(":") ? `[${bare}]:${port}` : `${bare}:${port}`;
}
