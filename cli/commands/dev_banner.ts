/**
 * The text that `vibes dev` prints when it is ready: addresses, demo users and commands to paste. Pure.
 * @module
 */
import type { Style } from "../output.ts";
import type { Demo, DemoPerson } from "./dev_demo.ts";

/** What there is to say. */
export interface Ready {
  readonly url: string;
  /** For people: which database, and where its data is. */
  readonly database: string;
  readonly demo: Demo | undefined;
  /** What people type to run this program, with what makes it find this database. */
  readonly invocation: string;
  readonly startedInMs: number;
}

/** @returns The text for people. */
export function banner(ready: Ready, style: Style): string {
  const { url, database, demo, startedInMs } = ready;
  const sections = [
    `${style.green("VibesMatch is running")}, ready in ${(startedInMs / 1000).toFixed(1)} s`,
    lines([
      ["API", `${url}/api/v1`],
      ["Demo", `${url}/demo`],
      ["Docs", `${url}/docs`],
      ["Database", database],
    ]),
    ...(demo ? demoSections(ready, demo, style) : []),
    style.dim("Ctrl-C stops everything."),
  ];
  return `\n${sections.join("\n\n")}\n`;
}

function demoSections(ready: Ready, demo: Demo, style: Style): string[] {
  const people = [demo.ada, demo.ben, demo.mo];
  return [
    `${style.bold("Who is there")} (${demo.people} people); each line prints a token:`,
    lines(people.map((person) => [`${person.name}, ${person.kind}`, tokenCommand(person, ready)])),
    `${style.bold("Try it")}: paste this into another terminal, in this folder`,
    walk(ready, demo).join("\n"),
  ];
}

/** @returns The command that prints an access token. */
export function tokenCommand({ email }: DemoPerson, { invocation }: Pick<Ready, "invocation">): string {
  return `${invocation} users token ${email} --access`;
}

/** @returns Lines for a POSIX shell; no comments among them, which interactive shells may not take. */
export function walk(ready: Pick<Ready, "url" | "invocation">, { ada, ben, met }: Demo): string[] {
  const post = (who: string, path: string, body: object) =>
    `curl -s $API/${path} -H "Authorization: Bearer $${who}" -H "Content-Type: application/json" -d '${JSON.stringify(body)}'`;
  const request = {
    receiver_id: ada.id,
    content: "Hi Ada! Your hiking photos are great. Where was the last one?",
  };
  const first = [
    `REQUEST=$(${post("BEN", "messages/request", request)} | grep -o '"request_id":"[^"]*' | cut -d'"' -f4)`,
    post("ADA", "messages/request/$REQUEST/respond", { action: "accept" }),
  ];
  return [
    `API=${ready.url}/api/v1`,
    `ADA=$(${tokenCommand(ada, ready)})`,
    `BEN=$(${tokenCommand(ben, ready)})`,
    ...(met ? [] : first),
    post("BEN", "messages/send", { receiver_id: ada.id, content: "Coffee on Friday?", message_type: "text" }),
    post("ADA", "messages/send", { receiver_id: ben.id, content: "Gladly!", message_type: "text" }),
    `curl -s $API/conversations -H "Authorization: Bearer $ADA"`,
  ];
}

function lines(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join("\n");
}
