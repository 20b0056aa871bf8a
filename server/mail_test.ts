/** Mail, against a real SMTP server in this process: what arrives, and every way to fail. @module */
import { afterEach, describe, expect, test } from "bun:test";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { createLog } from "./log.ts";
import { createMailer, type Mailer } from "./mail.ts";

const MAIL = {
  to: "canary@example.com",
  subject: "Your code",
  text: "Your code is 123456\n\nGood for 5 <minutes> & one use",
};

interface Received {
  readonly to: string[];
  readonly from: string;
  readonly user: string | undefined;
  readonly secure: boolean;
  readonly text: string;
}

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** What all of these tests logged outside of development. */
const allLines: string[] = [];
function mailerTo(smtpUrl: string | null, { production = true, timeoutMs = 5_000 } = {}) {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
    if (production) allLines.push(line);
  };
  const log = createLog({
    level: "debug",
    mode: production ? "production" : "development",
    pretty: false,
    write,
  });
  const mailer = createMailer({
    smtpUrl,
    from: "VibesMatch <no-reply@vibesmatch.com>",
    log,
    production,
    timeoutMs,
  });
  cleanups.push(() => mailer.close());
  return { mailer, lines };
}

async function smtp(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    closeTimeout: 50,
    onData(stream, session, done) {
      const chunks: Uint8Array[] = [];
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("end", () => {
        const { envelope, secure, user } = session;
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        received.push({
          to,
          from,
          secure,
          user: user as string | undefined,
          text: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => {});
  const sockets: Socket[] = [];
  server.server.on("connection", (socket: Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as AddressInfo;
  return { received, sockets, port, url: `smtp://127.0.0.1:${port}?tls.rejectUnauthorized=false` };
}

/** A server that speaks bytes, for what a real one never does. */
async function rawServer(onSocket: (socket: Socket) => void) {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
  };
}

function failure(mailer: Mailer, mail = MAIL): Promise<unknown> {
  return mailer.send(mail).then(
    () => "sent",
    (error: unknown) => error,
  );
}

const unavailable = expect.objectContaining({ name: "AppError", code: "SERVICE_UNAVAILABLE", status: 503 });

describe("a mail that arrives", () => {
  test("goes to one person, as text and as escaped HTML, over STARTTLS, on a kept connection", async () => {
    let connections = 0;
    const { url, received } = await smtp({
      onConnect: (_, done) => {
        connections++;
        done();
      },
    });
    const { mailer } = mailerTo(url);
    await mailer.send(MAIL);
    await mailer.send(MAIL);
    expect(connections).toBe(1);
    expect(received).toHaveLength(2);
    expect(received[0]).toMatchObject({
      to: ["canary@example.com"],
      from: "no-reply@vibesmatch.com",
      secure: true,
    });
    const { text } = received[0]!;
    expect(text).toContain("Subject: Your code\r\n");
    expect(text).toContain("Content-Type: text/plain; charset=utf-8");
    expect(text).toContain("Your code is 123456");
    expect(text.replaceAll("=\r\n", "")).toContain("<p>Good for 5 &lt;minutes&gt; &amp; one use</p>");
    expect(text).toContain("Auto-Submitted: auto-generated");
  });

  test("is sent after AUTH with the URL's decoded credentials", async () => {
    const { port, received } = await smtp({
      authOptional: false,
      onAuth: ({ username, password }, _, done) => {
        if (username === "app" && password === "hunter2@/") done(null, { user: username });
        else done(new Error("Invalid username or password"));
      },
    });
    const good = mailerTo(`smtp://app:hunter2%40%2F@127.0.0.1:${port}?tls.rejectUnauthorized=false`);
    await good.mailer.send(MAIL);
    expect(received[0]).toMatchObject({ user: "app", secure: true });
    const bad = mailerTo(`smtp://app:hunter2-wrong@127.0.0.1:${port}?tls.rejectUnauthorized=false`);
    expect(await failure(bad.mailer)).toEqual(unavailable);
    expect(bad.lines.join("")).toContain("EAUTH");
    expect(received).toHaveLength(1);
  });

  test("has one receiver, whatever the address looks like", async () => {
    const { url, received } = await smtp();
    const { mailer } = mailerTo(url);
    const forged = [
      "a@example.com, b@example.com",
      "a@example.com\r\nBcc: b@example.com",
      "<a@example.com> b@example.com",
    ];
    for (const to of forged) await failure(mailer, { ...MAIL, to });
    for (const { to, text } of received) {
      expect(to).toHaveLength(1);
      expect(text).not.toMatch(/^bcc:/im);
    }
  });

  test("gets through when the server said no for now, once", async () => {
    let attempts = 0;
    const { url, received } = await smtp({
      onRcptTo: (_, __, done) => {
        attempts++;
        if (attempts === 1)
          done(Object.assign(new Error("greylisted canary@example.com"), { responseCode: 451 }));
        else done();
      },
    });
    const { mailer, lines } = mailerTo(url);
    await mailer.send(MAIL);
    expect({ attempts, received: received.length, warned: lines.length }).toEqual({
      attempts: 2,
      received: 1,
      warned: 1,
    });
  });

  test("gets through when a kept connection has died meanwhile", async () => {
    const { url, received, sockets } = await smtp();
    const { mailer } = mailerTo(url);
    await mailer.send(MAIL);
    for (const socket of sockets) socket.destroy();
    await mailer.send(MAIL);
    expect({ received: received.length, sockets: sockets.length }).toEqual({ received: 2, sockets: 2 });
  });
});

describe("a mail that does not arrive", () => {
  test("a refused address is the caller's fault, and is not tried again", async () => {
    let attempts = 0;
    const { url } = await smtp({
      onRcptTo: (_, __, done) => {
        attempts++;
        done(Object.assign(new Error("no such user canary@example.com"), { responseCode: 550 }));
      },
    });
    const error = await failure(mailerTo(url).mailer);
    expect(error).toMatchObject({ code: "VALIDATION_ERROR", status: 400, details: [{ path: "body.email" }] });
    expect(attempts).toBe(1);
  });

  test("refused for now twice is unavailable", async () => {
    let attempts = 0;
    const { url } = await smtp({
      onMailFrom: (_, __, done) => {
        attempts++;
        done(Object.assign(new Error("busy"), { responseCode: 421 }));
      },
    });
    expect(await failure(mailerTo(url).mailer)).toEqual(unavailable);
    expect(attempts).toBe(2);
  });

  test("refused content is unavailable, at once", async () => {
    let attempts = 0;
    const { url } = await smtp({
      onData: (stream, _, done) => {
        attempts++;
        stream.resume().on("end", () => done(Object.assign(new Error("spam"), { responseCode: 554 })));
      },
    });
    expect(await failure(mailerTo(url).mailer)).toEqual(unavailable);
    expect(attempts).toBe(1);
  });

  test("nobody listens", async () => {
    const { url } = await smtp();
    for (const cleanup of cleanups.splice(0)) await cleanup();
    const { mailer, lines } = mailerTo(url);
    expect(await failure(mailer)).toEqual(unavailable);
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(["warn", "error"]);
  });

  test("a certificate that nobody signed is not accepted", async () => {
    const { port, received } = await smtp();
    expect(await failure(mailerTo(`smtp://127.0.0.1:${port}`).mailer)).toEqual(unavailable);
    expect(received).toEqual([]);
  });

  test("credentials do not go abroad in clear", async () => {
    const said: string[] = [];
    const { url } = await rawServer((socket) => {
      socket.write("220 mail ESMTP\r\n");
      socket.on("data", (chunk) => {
        said.push(String(chunk));
        socket.write(/^EHLO/.test(String(chunk)) ? "250-mail\r\n250 AUTH PLAIN LOGIN\r\n" : "500 no\r\n");
      });
    });
    // A name for this machine that is not on the list of local ones.
    const abroad = url.replace("127.0.0.1", "0.0.0.0").replace("smtp://", "smtp://app:hunter2@");
    expect(await failure(mailerTo(abroad).mailer)).toEqual(unavailable);
    expect(said.join("")).toContain("STARTTLS");
    expect(said.join("")).not.toContain("AUTH");
  });

  test.each([
    ["never greets", () => {}],
    [
      "falls silent",
      (socket: Socket) => {
        socket.write("220 mail ESMTP\r\n");
      },
    ],
    [
      "trickles",
      (socket: Socket) => {
        socket.write("220 mail ESMTP\r\n");
        const timer = setInterval(() => socket.write("250-x\r\n"), 20);
        socket.on("close", () => clearInterval(timer));
      },
    ],
  ])("a server that %s costs two attempts and their timeouts", async (_, onSocket) => {
    const { url, connections } = await rawServer(onSocket);
    const { mailer } = mailerTo(url, { timeoutMs: 100 });
    const before = performance.now();
    expect(await failure(mailer)).toEqual(unavailable);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(connections()).toBe(2);
  });

  test("a closed mailer takes no more", async () => {
    const { url } = await smtp();
    const { mailer } = mailerTo(url);
    await mailer.send(MAIL);
    await mailer.close();
    expect(await failure(mailer)).toEqual(unavailable);
  });
});

describe("without a mail server", () => {
  test("development prints whom and the line with the code", async () => {
    const { mailer, lines } = mailerTo(null, { production: false });
    await mailer.send(MAIL);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: "info", component: "mail" });
    expect(JSON.parse(lines[0]!).msg).toContain("canary@example.com");
    expect(JSON.parse(lines[0]!).msg).toEndWith("Your code is 123456");
    expect(lines[0]).not.toContain("minutes");
  });

  test("production refuses, and prints nothing", async () => {
    const { mailer, lines } = mailerTo(null);
    expect(await failure(mailer)).toEqual(unavailable);
    expect(lines).toEqual([]);
  });
});

test("no address, code or password is in any line above", () => {
  expect(allLines.length).toBeGreaterThan(10);
  expect(allLines.join("")).not.toMatch(/canary|123456|hunter2/);
});
