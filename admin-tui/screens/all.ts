/**
 * Makes the screens of the dashboard, in the order of their tabs.
 * @module
 */
import type { Desk } from "../desk/desk.ts";
import { createAppeals } from "./appeals/controller.ts";
import { createAudit } from "./audit.ts";
import { createBlocks } from "./blocks/controller.ts";
import { createLive } from "./live/controller.ts";
import { createReports } from "./reports/controller.ts";
import { createUsers } from "./users/controller.ts";

/** @returns The screens by name. */
export function createScreens(desk: Desk) {
  const users = createUsers(desk);
  const showPerson = (id: string) => {
    desk.set({ screen: "users" });
    users.showPerson(id);
  };
  return {
    reports: createReports(desk, showPerson),
    blocks: createBlocks(desk),
    live: createLive(desk),
    users,
    audit: createAudit(desk),
    appeals: createAppeals(desk, showPerson),
  };
}
