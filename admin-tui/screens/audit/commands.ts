/**
 * The audit screen without its picture. Nothing can be changed here, by anybody.
 * @module
 */
import { detailWidth, linesHidden } from "../../components/pane_view.ts";
import type { Desk } from "../../desk/desk.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { createPane, type Pane } from "../../desk/pane_screen.ts";
import type { Screen } from "../../desk/screen.ts";
import type { AuditRow } from "../../wire.ts";
import { AUDIT_HINT, parseAuditFilter } from "./state.ts";
import { auditLines } from "./view.ts";

/** The audit screen. */
export interface AuditScreen extends Screen, Pick<Pane<AuditRow, never>, "store"> {}

/** @returns The screen. */
export function createAudit(desk: Desk): AuditScreen {
  const pane = createPane<AuditRow, never>({
    desk,
    what: "the audit log",
    hint: AUDIT_HINT,
    parse: (text) => parseAuditFilter(text, desk.shell.get().me?.id),
    read: (query, cursor) => desk.api.audit.list({ ...query, ...(cursor && { cursor }) }),
    readDetail: null,
    hiddenLines({ list }) {
      const { layout } = desk.shell.get();
      const row = selectedRow(list);
      const lines = row ? auditLines(row, { width: detailWidth(layout), now: 0 }).length : 0;
      return linesHidden(layout, { lines, actions: 0 });
    },
    copied: ({ target }) => target.id,
  });
  return {
    name: "audit",
    store: pane.store,
    keys: { audit: {}, list: pane.listKeys },
    enter: pane.enter,
    refresh: () => void pane.refresh(),
    onLive: () => {},
    command(name, rest) {
      if (name !== "filter") return undefined;
      void pane.setFilter(rest);
      return null;
    },
  };
}
