/**
 * What decoding pictures does to chat: the same pairs write at the same rate on the same server, in turns without
 * pictures and while somebody in a process of its own uploads one of 12 megapixels after the other. `bun run bench
 * pictures`. Options: --seconds 10, --rounds 5, --pairs 200, --rate 500.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import { FULL_SIZE, makePhoto } from "../../cli/load/photo.ts";
import { uploadPicture } from "../../client/media/mod.ts";
import { createRest } from "../../client/mod.ts";
import { startChild } from "../harness/child.ts";
import { openEmulatedTerminal } from "./our_server.ts";
import { handIn, readNumbers, say } from "./report.ts";
import { medians } from "./rounds.ts";
import { type Measured, ourDialect, Pairs } from "./ws_generator.ts";

const UPLOADER = "upload";

async function measureAll(): Promise<never> {
  const options = readNumbers({ seconds: 10, rounds: 5, pairs: 200, rate: 500 });
  const { seconds, rounds, rate } = options;
  const folder = mkdtempSync(join(tmpdir(), "vibes-bench-pictures-"));
  await using screen = await openEmulatedTerminal();
  const { people } = await screen.people("pictures", SCENARIOS["chat-pairs"].layout(options.pairs * 2));
  const { child, url } = await screen.server({ MEDIA_STORE: `file:${folder}` });
  // Ended also when a section fails.
  await using server = child;
  const pairs = new Pairs(ourDialect(url, people));
  await pairs.open(options.pairs);
  await pairs.paced({ rate, seconds: 2 });

  let decoded = 0;
  const without: Measured[] = [];
  const having: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}: without pictures`);
    without.push(await pairs.paced({ rate, seconds }));
    say(`round ${round} of ${rounds}: one picture after the other`);
    const uploader = startChild([import.meta.filename, UPLOADER, url, people[0]!.token]);
    await uploader.says(/uploaded/);
    const before = countOf(uploader.stdout());
    having.push(await pairs.paced({ rate, seconds }));
    decoded += countOf(uploader.stdout()) - before;
    await uploader.end("SIGKILL");
  }
  pairs.close();
  await server.end();
  rmSync(folder, { recursive: true });

  const [plain, busy] = [medians(without), medians(having)];
  const beside = (value: number) => ({ value, of: "without pictures" });
  handIn({
    rows: [
      {
        what: `delivery at ${rate} messages a second while pictures are decoded, p50, ms`,
        ours: busy.p50,
        limit: beside(plain.p50),
        digits: 2,
      },
      {
        what: `delivery at ${rate} messages a second while pictures are decoded, p99, ms`,
        ours: busy.p99,
        limit: beside(plain.p99),
        digits: 2,
        promise: { most: 1.25, of: "ratio" },
      },
      {
        what: "pictures of 12 megapixels decoded a second meanwhile",
        ours: decoded / rounds / seconds,
        digits: 2,
      },
    ],
    note: `medians of ${rounds} rounds in turns, ${seconds} s a figure; ${options.pairs} pairs who write to each other, fsync on; one person uploads all the time; ${decoded} pictures were decoded while it was measured`,
  });
}

function countOf(lines: string): number {
  return lines.split("uploaded").length - 1;
}

/** Until it is killed. */
async function upload(url: string, token: string): Promise<never> {
  const rest = createRest({ url, token, timeoutMs: 60_000 });
  const photo = await makePhoto(FULL_SIZE);
  for (;;) {
    await uploadPicture(rest, photo, { url });
    console.log("uploaded");
  }
}

const [what, url = "", token = ""] = process.argv.slice(2);
if (what === UPLOADER) await upload(url, token);
else await measureAll();
