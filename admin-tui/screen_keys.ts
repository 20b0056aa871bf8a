/**
 * The keys of single screens, as the table in keys.ts has them.
 * @module
 */

export const SCREEN_KEYS = [
  { action: "warn", keys: ["w"], in: "reports", help: "warn the reported person", foot: [4, "w warn"] },
  { action: "mute", keys: ["m"], in: "reports", help: "mute for some hours", short: "mute, suspend" },
  { action: "suspend", keys: ["S"], in: "reports", help: "suspend for some days", short: "mute, suspend" },
  { action: "ban", keys: ["b"], in: "reports", help: "ban; a second person confirms it", short: "ban" },
  {
    action: "dismiss",
    keys: ["x"],
    in: "reports",
    help: "dismiss: nothing wrong",
    foot: [3, "x dismiss"],
    short: "dismiss, resolve",
  },
  {
    action: "done",
    keys: ["d"],
    in: "reports",
    help: "resolve without a sanction",
    short: "dismiss, resolve",
  },
  {
    action: "undo",
    keys: ["u"],
    in: "reports",
    help: "undo the last decision, or the opened one",
    short: "undo a decision",
  },
  {
    action: "claim",
    keys: ["c"],
    in: "reports",
    help: "claim, or release your claim",
    short: "claim, or release it",
  },
  {
    action: "reveal",
    keys: ["v"],
    in: "reports",
    help: "show the sealed evidence (audited), hide it again",
    short: "show, hide the evidence",
  },
  { action: "note", keys: ["e"], in: "reports", help: "add a note for staff" },
  {
    action: "badFaith",
    keys: ["B"],
    in: "reports",
    help: "dismiss all that the reporter filed in bad faith",
    short: "reporter in bad faith",
  },
  {
    action: "person",
    keys: ["i"],
    in: "reports",
    help: "the reported person's dossier",
    short: "the dossier, pictures",
  },
  {
    action: "pictures",
    keys: ["o"],
    in: "reports",
    help: "open profile photos, and sealed pictures by one-time links (audited)",
    foot: [9, "o pictures"],
    short: "the dossier, pictures",
  },
  { action: "mark", keys: ["space"], in: "reports", help: "mark for a bulk action", foot: [5, "space mark"] },
  {
    action: "sort",
    keys: ["s"],
    in: "reports",
    help: "sort by priority and due time, oldest, newest",
    short: "order; by person, report",
  },

  {
    action: "group",
    keys: ["p"],
    in: "reports",
    help: "one row for each person, or for each report",
    short: "order; by person, report",
  },

  { action: "lift", keys: ["l"], in: "blocks", help: "lift the block", foot: [3, "l lift"] },
  { action: "uphold", keys: ["h"], in: "blocks", help: "uphold the block", foot: [3, "h uphold"] },

  { action: "freeze", keys: ["p"], in: "live", help: "freeze the numbers, go on", foot: [1, "p freeze"] },

  { action: "warn", keys: ["w"], in: "users", help: "warn" },
  { action: "mute", keys: ["m"], in: "users", help: "mute for some hours" },
  { action: "suspend", keys: ["S"], in: "users", help: "suspend for some days" },
  { action: "ban", keys: ["b"], in: "users", help: "ban; a second person confirms it", short: "ban" },
  { action: "lift", keys: ["l"], in: "users", help: "lift a sanction", foot: [3, "l lift"] },
  {
    action: "confirm",
    keys: ["a"],
    in: "users",
    help: "confirm a ban that waits for you",
    foot: [3, "a confirm"],
  },
  { action: "pictures", keys: ["o"], in: "users", help: "open the profile photos", foot: [4, "o photos"] },

  {
    action: "uphold",
    keys: ["h"],
    in: "appeals",
    help: "uphold: the decision stands",
    foot: [3, "h uphold"],
  },
  {
    action: "overturn",
    keys: ["l"],
    in: "appeals",
    help: "overturn: take the decision back",
    foot: [4, "l overturn"],
  },
  { action: "claim", keys: ["c"], in: "appeals", help: "claim, or release your claim" },
  {
    action: "reveal",
    keys: ["v"],
    in: "appeals",
    help: "show the sealed evidence (audited), hide it again",
    short: "show, hide the evidence",
  },
  {
    action: "person",
    keys: ["i"],
    in: "appeals",
    help: "the dossier of whom it is about",
    short: "the dossier, pictures",
  },
  {
    action: "pictures",
    keys: ["o"],
    in: "appeals",
    help: "open profile photos, and sealed pictures by one-time links (audited)",
    foot: [9, "o pictures"],
    short: "the dossier, pictures",
  },
] as const;
