/** Opening profile photos and sealed pictures from the dashboard, with a browser and without. @module */
import { expect, test } from "bun:test";
import { createOpener, type Machine } from "../../admin-tui/opener.ts";
import { eventually } from "../harness/eventually.ts";
import { type HarnessOptions, startDashboard } from "./dashboard_harness.ts";
import { bodies } from "./dashboard_views.ts";
import { appealRow, dossier, idOf, personRow, reportDetail, reportRow } from "./fixtures.ts";

const REPORT = reportRow(2);
const PHOTO = "https://photos.example/1.jpg";
const PAGE = `https://vibes.example/evidence/${idOf(91)}`;

interface Pictures {
  readonly photos?: readonly string[];
  readonly sealed?: readonly { readonly id: string; readonly size: number }[];
}

/** A dashboard whose people have these photos, and whose reports have sealed these pictures. */
function start({ photos = [], sealed = [] }: Pictures, options: HarnessOptions = {}) {
  const pictures = sealed.map(({ id: media_id, size }, index) => ({
    position: 50 + index,
    kind: "picture" as const,
    sealed_at: REPORT.created_at,
    masked: null,
    picture: {
      media_id,
      size,
      width: 640,
      height: 480,
      sealed_picture_sha256: null,
      sealed_thumb_sha256: null,
    },
  }));
  const answers = {
    "users.show"(id: string) {
      const all = dossier({ id, name: "sam" });
      return { ...all, user: { ...all.user, profile_photos: [...photos] } };
    },
    "reports.show"(_: string, { reveal }: { reveal: boolean }) {
      const page = reportDetail(REPORT, { reveal });
      return { ...page, evidence: { ...page.evidence, items: [...page.evidence.items, ...pictures] } };
    },
  };
  return startDashboard({ reports: [REPORT], answers, ...options });
}

test.each(["report", "person"] as const)(
  "a sealed picture of a case opens by its one-time page, by %s",
  async (group) => {
    await using run = await start({ sealed: [{ id: idOf(91), size: 9_000 }] }, { group });
    run.press("o");
    await run.says(/^1 picture opened in the browser: the audit log has it$/);
    expect(run.openedLinks).toEqual([PAGE]);
    expect(bodies(run, "reports.pictureLink")).toEqual([[REPORT.id, idOf(91)]]);
  },
);

test("of several pictures those that are not wanted are left out, and no link is made for them", async () => {
  await using run = await start({ photos: [PHOTO], sealed: [{ id: idOf(91), size: 9_000 }] });
  run.press("o");
  await run.asks(/^Open pictures$/);
  run.press("space", "enter");
  await run.says(/^1 picture opened in the browser$/);
  expect(run.openedLinks).toEqual([PHOTO]);
  expect(run.server.changes()).toEqual([]);
  run.press("o");
  await run.asks(/^Open pictures$/);
  run.press("enter");
  await run.says(/^2 pictures opened in the browser: the audit log has it$/);
  expect(run.openedLinks).toEqual([PHOTO, PAGE, PHOTO]);
});

test("without a browser the links are shown and copied", async () => {
  await using run = await start(
    { photos: [PHOTO, "https://photos.example/2.jpg"] },
    { hasNoBrowser: true, people: [personRow(1)] },
  );
  run.press("4");
  const users = () => run.dashboard.desk.state.lists.users;
  await eventually(() => users().rows.phase === "ready");
  run.press("/");
  run.type("sam");
  run.press("enter");
  await eventually(() => users().rows.shown.length === 1);
  run.press("o");
  await run.asks(/^Open pictures$/);
  run.press("enter");
  await run.says(/^https:\/\/photos\.example\/1\.jpg and 1 more, copied: open it in a browser$/);
  expect(run.copied).toEqual([`${PHOTO}\nhttps://photos.example/2.jpg`]);
});

test("an appeal opens the pictures of whom it is about", async () => {
  await using run = await start({ photos: [PHOTO] }, { appeals: [appealRow(1)] });
  run.press("6");
  await eventually(() => run.dashboard.desk.state.lists.appeals.rows.phase === "ready");
  run.press("o");
  await run.says(/^1 picture opened in the browser$/);
});

test("what is no web link, and what was deleted before it was sealed, is not opened", async () => {
  await using run = await start({
    photos: ["file:///etc/passwd", "javascript:alert(1)", "photo-1"],
    sealed: [{ id: idOf(91), size: 0 }],
  });
  run.press("o");
  await run.says(/^No photos, and no pictures in the evidence$/);
  expect(run.openedLinks).toEqual([]);
});

test("a refusal is said", async () => {
  await using run = await start({ sealed: [{ id: idOf(91), size: 9_000 }] });
  run.server.answer({
    "reports.pictureLink": () => {
      throw new Error("The store of pictures does not answer");
    },
  });
  run.press("o");
  await run.says(/^Cannot open the pictures: /);
  expect(run.openedLinks).toEqual([]);
});

/** A desktop whose programs are noted. */
function machine(facts: Partial<Machine> & { code?: number } = {}) {
  const ran: { command: string[]; env: object }[] = [];
  const all: Machine = {
    platform: "linux",
    env: { DISPLAY: ":0", VIBES_ADMIN_TOKEN: "secret" },
    which: (name) => `/usr/bin/${name}`,
    async run(command, env) {
      ran.push({ command, env });
      return facts.code ?? 0;
    },
    ...facts,
  };
  return { open: createOpener(all), ran };
}

test("the platform's opener gets the link, and not the token", async () => {
  const linux = machine();
  expect(await linux.open(PHOTO)).toBe(true);
  expect(linux.ran).toEqual([{ command: ["/usr/bin/xdg-open", PHOTO], env: { DISPLAY: ":0" } }]);
  const mac = machine({ platform: "darwin", env: {} });
  expect(await mac.open(PHOTO)).toBe(true);
  expect(mac.ran[0]?.command).toEqual(["/usr/bin/open", PHOTO]);
});

test.each([
  ["over SSH", { env: { DISPLAY: ":0", SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" } }],
  ["without a display", { env: {} }],
  ["without an opener", { which: () => null }],
] as const)("nothing is started %s", async (_, facts) => {
  const { open, ran } = machine(facts);
  expect(await open(PHOTO)).toBe(false);
  expect(ran).toEqual([]);
});

test("an opener that fails has opened nothing; what is no web link never reaches it", async () => {
  expect(await machine({ code: 3 }).open(PHOTO)).toBe(false);
  const { open, ran } = machine();
  for (const link of ["file:///etc/passwd", "--help", "javascript:alert(1)"])
    expect(await open(link)).toBe(false);
  expect(ran).toEqual([]);
});
