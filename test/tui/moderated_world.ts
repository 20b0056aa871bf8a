/**
 * A server with something to moderate: two moderators, a queue of reports with messages behind them, blocks. What is
 * random or depends on the hour (ids, times) is fixed where a screen shows it.
 * @module
 */
import type { ReportReason } from "../../server/protocol/models.ts";
import type { TestUser } from "../harness/app.ts";
import { startNodes, type TestNode } from "../harness/nodes.ts";
import { createWorld } from "../harness/world.ts";

/** See {@link startWorld}. */
export interface World extends AsyncDisposable {
  readonly node: TestNode;
  readonly url: string;
  readonly ana: TestUser;
  readonly ben: TestUser;
  /** People by name. */
  readonly people: ReadonlyMap<string, TestUser>;
  /** Ids of reports, by the reported person's name. */
  readonly reports: ReadonlyMap<string, string>;
  /** Files a report. @returns Its id. */
  report(options: ReportOptions): Promise<string>;
  person(name: string): Promise<TestUser>;
}

interface ReportOptions {
  readonly by: TestUser;
  readonly about: TestUser;
  readonly reason: ReportReason;
  readonly description?: string;
  /** How long ago, minutes. */
  readonly age?: number;
}

interface WorldOptions {
  /** Without reports. */
  readonly isEmpty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

interface FiledReport {
  readonly about: string;
  readonly reason: ReportReason;
  readonly age: number;
  readonly description?: string;
  readonly texts?: readonly string[];
}

const FILED: readonly FiledReport[] = [
  {
    about: "mia_29",
    reason: "harassment",
    age: 12,
    description: "She does not stop",
    texts: ["hello", "answer me", "ANSWER ME, you idiot", "I know where you work"],
  },
  {
    about: "sam",
    reason: "scam",
    age: 18,
    description: "Wants money for a ticket",
    texts: ["Can you help me with the ticket? Only 400 dollars"],
  },
  { about: "kit", reason: "underage", age: 22, description: "Says he is 16" },
  {
    about: "ruby",
    reason: "spam",
    age: 60,
    texts: ["Buy followers at https://spam.example", "Buy followers at https://spam.example"],
  },
  { about: "Noor", reason: "inappropriate_behavior", age: 95, texts: ["hi", "send me a picture"] },
  { about: "Zoë 🌸", reason: "fake_profile", age: 200, description: "These are photos of an actress" },
  { about: "max", reason: "other", age: 300 },
  { about: "leo", reason: "harassment", age: 290, texts: ["You will regret this"] },
];

/** Starts the server with its people and reports. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { isEmpty = false, env } = options;
  const { nodes, close } = await startNodes(1, { ...(env && { env }) });
  const [node] = nodes as [TestNode];
  const { sql } = node.context.database;
  const people = new Map<string, TestUser>();
  const reports = new Map<string, string>();
  const email = (name: string) => `${name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}@example.com`;

  async function person(name: string): Promise<TestUser> {
    const user = await node.createUser({ name, email: email(name), bio: `I am ${name}` });
    people.set(name, user);
    return user;
  }

  async function report({ by, about, reason, description, age = 0 }: ReportOptions): Promise<string> {
    const answer = await node.request("POST", `/api/v1/users/${about.id}/report`, {
      token: by.token,
      body: { reason, description },
    });
    if (answer.status > 201) throw new Error(`Cannot report: ${JSON.stringify(answer.body)}`);
    const id: string = answer.body.data.report_id;
    if (age > 0) {
      await sql`
        update user_reports set created_at = created_at - make_interval(mins => ${age}),
          due_at = due_at - make_interval(mins => ${age}) where id = ${id}
      `;
    }
    return id;
  }

  const world = createWorld(node);
  const ana = await node.createUser({ name: "ana", email: "ana@staff.example", role: "moderator" });
  const ben = await node.createUser({ name: "ben", email: "ben@staff.example", role: "moderator" });
  if (!isEmpty) {
    const reporter = await person("Pat");
    for (const { about, reason, age, description, texts } of FILED) {
      const reported = await person(about);
      if (texts) {
        await world.befriend(reported, reporter);
        await world.write(reported, reporter, texts);
      }
      reports.set(about, await report({ by: reporter, about: reported, reason, description, age }));
    }
    const second = await person("Kim");
    await report({ by: second, about: people.get("mia_29")!, reason: "harassment", age: 5 });
  }

  return {
    node,
    url: node.url,
    ana,
    ben,
    people,
    reports,
    report,
    person,
    [Symbol.asyncDispose]: close,
  };
}
