/** What is done to blocks and to people. @module */
import { describe, expect, test } from "bun:test";
import { AppError } from "../../server/protocol/errors.ts";
import { eventually } from "../harness/eventually.ts";
import { type RunningDashboard, startDashboard } from "./dashboard_harness.ts";
import { bodies, facts } from "./dashboard_views.ts";
import { ANA, blockRow, dossier, personRow, sanction, waitingBan } from "./fixtures.ts";

describe("blocks", () => {
  const BLOCKS = [blockRow(0), blockRow(1), blockRow(2)];
  const blocks = ({ dashboard }: RunningDashboard) => dashboard.desk.state.lists.blocks;

  async function onBlocks(): Promise<RunningDashboard> {
    const run = await startDashboard({ blocks: BLOCKS });
    run.press("2");
    await eventually(() => blocks(run).rows.phase === "ready");
    run.press("j");
    return run;
  }

  test("are lifted with a reason, and gone", async () => {
    await using run = await onBlocks();
    run.press("l");
    expect(facts(run)[1]).toBe("blocker_1 is told that the block is lifted, and may block again.");
    run.press("enter", "y");
    expect(run.server.changes()).toEqual([]);
    run.press("down", "enter", "y");
    await run.says(/B-000301 lifted/);
    expect(bodies(run, "blocks.lift")).toEqual([[BLOCKS[1]!.id, "Asked for by its owner"]]);
    expect(blocks(run).rows.all.map(({ id }) => id)).toEqual([BLOCKS[0]!.id, BLOCKS[2]!.id]);
  });

  test("are upheld with a reason, and marked", async () => {
    await using run = await onBlocks();
    run.press("h", "down", "enter", "y");
    await run.says(/B-000301 upheld/);
    expect(bodies(run, "blocks.uphold")).toEqual([[BLOCKS[1]!.id, "Looked at: justified"]]);
    expect(blocks(run).rows.all[1]?.upheld?.by).toEqual(ANA);
  });

  test("that are gone meanwhile stay as they are, and the list is read again", async () => {
    await using run = await onBlocks();
    run.server.answer({ "blocks.lift": () => Promise.reject(new AppError("NOT_FOUND", "It is gone")) });
    run.press("l", "down", "enter", "y");
    await run.says(/B-000301 stays as it is: It is gone/);
    expect(bodies(run, "blocks.list")).toHaveLength(2);
    expect(blocks(run).rows.all).toHaveLength(3);
  });
});

describe("people", () => {
  const users = ({ dashboard }: RunningDashboard) => dashboard.desk.state.lists.users;

  /** The dossier is there. */
  async function onDossier(options: Parameters<typeof startDashboard>[0]): Promise<RunningDashboard> {
    const run = await startDashboard(options);
    run.press("4");
    await eventually(() => users(run).rows.phase === "ready");
    run.press("enter");
    await eventually(() => users(run).opened?.detail);
    return run;
  }

  const BAN = waitingBan();
  const dossierWith = (...sanctions: ReturnType<typeof sanction>[]) => ({
    "users.show": (id: string) => dossier({ id, name: "sam" }, { sanctions }),
  });

  test("whose ban waits are confirmed by somebody else, who types the name", async () => {
    await using run = await onDossier({
      waiting: [{ ...BAN, user: personRow(1, { name: "sam" }) }],
      answers: dossierWith(BAN),
    });
    run.press("a");
    await run.asks(/^Confirm the ban of sam$/);
    expect(facts(run)).toEqual(["ben says: Asked people for money", "Confirming makes it permanent."]);
    run.press("down", "enter");
    run.type("sa");
    run.press("enter", "tab", "tab", "y");
    expect(run.server.changes()).toEqual([]);
    run.press("m", "enter");
    await run.says(/sam is banned for good/);
    const body = { sanctionId: BAN.id, reason: "Checked the evidence: justified" };
    expect(bodies(run, "users.confirm").map(([, confirmed]) => confirmed)).toEqual([body]);
  });

  test("whose ban I imposed myself cannot be confirmed by me", async () => {
    const answers = dossierWith({ ...BAN, created_by: ANA });
    await using run = await onDossier({ waiting: [BAN], answers });
    run.press("a");
    await run.says(/Somebody other than who imposed it must confirm it/);
    expect(run.dialog()).toBeUndefined();
  });

  test("have a sanction lifted; of several, the one that is chosen", async () => {
    const [one, two, over] = [
      sanction({ id: "01980000-0000-7000-8000-0000000000aa", kind: "mute" }),
      sanction({ id: "01980000-0000-7000-8000-0000000000bb", kind: "suspend" }),
      sanction({ id: "01980000-0000-7000-8000-0000000000cc", kind: "warn", state: "expired" }),
    ];
    await using run = await onDossier({ waiting: [BAN], answers: dossierWith(one, two, over) });
    run.press("l");
    await run.asks(/^Lift a sanction of sam$/);
    run.press("down", "enter", "down", "enter", "y");
    await run.says(/The suspend is lifted/);
    expect(bodies(run, "users.lift")[0]?.[1]).toEqual({ sanctionId: two.id, reason: "Appeal granted" });
  });

  test("without a sanction have none to lift", async () => {
    await using run = await onDossier({ waiting: [BAN], answers: dossierWith() });
    run.press("l");
    await run.says(/There is no sanction to lift/);
    run.press("a");
    await run.says(/There is no ban here that waits for a second person/);
  });

  test("are sanctioned from their dossier, a ban with the name typed", async () => {
    await using run = await onDossier({ waiting: [BAN], answers: dossierWith() });
    run.press("b");
    await run.asks(/^Ban sam$/);
    run.press("down", "enter");
    run.type("sam");
    run.press("enter");
    await run.says(/sam suspended, the ban waits/);
    expect(bodies(run, "users.sanction")[0]?.[1]).toMatchObject({ action: "ban" });
  });
});

test("a row says that a ban waits only while it does", async () => {
  const user = personRow(1, { name: "sam" });
  const sanctions = [sanction({ id: waitingBan().id, kind: "ban", permanent: true })];
  const confirmed = dossier(user, { sanctions });
  await using run = await startDashboard({
    waiting: [waitingBan({ user })],
    answers: { "users.show": () => ({ ...confirmed, user: { ...confirmed.user, banned: true } }) },
  });
  run.press("4", "enter");
  const entry = () => run.dashboard.desk.state.lists.users.rows.all[0];
  await eventually(() => entry()?.standing === "banned");
  expect(entry()?.waitsSince).toBeNull();
});
