/**
 * Free TCP ports of the loopback interface.
 * @module
 */

import net from "node:net";

/** @returns A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  return (await listenOnce(0)) as number;
}

export async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

async function listenOnce(port: number): Promise<number | undefined> {
  const server = net.createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const { port: bound } = server.address() as net.AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
