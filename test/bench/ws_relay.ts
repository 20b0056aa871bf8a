/**
 * The physical limit to compare with: a bare Bun server that hands every frame of a socket to the other one of its
 * pair. No authentication, no storage, no answer. Prints its port.
 * @module
 */
interface Visitor {
  /** Sockets are paired by the number in the path: 0 with 1, 2 with 3. */
  readonly number: number;
}

const sockets = new Map<number, Bun.ServerWebSocket<Visitor>>();
const server = Bun.serve<Visitor>({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request, bun) {
    const number = Number(new URL(request.url).pathname.slice(1));
    return bun.upgrade(request, { data: { number } }) ? undefined : new Response("no", { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    open: (socket) => void sockets.set(socket.data.number, socket),
    close: (socket) => void sockets.delete(socket.data.number),
    message(socket, text) {
      // As a relay that looks at what it relays: what is addressed has to be read.
      const frame = JSON.parse(String(text));
      sockets.get(socket.data.number ^ 1)?.send(JSON.stringify(frame));
    },
  },
});
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.port}` }));
