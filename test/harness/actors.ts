/**
 * In what relation somebody may stand to what they ask for: the columns of the access matrices.
 * @module
 */
export const ACTORS = [
  "anonymous",
  "owner",
  "peer",
  "blocked",
  "stranger",
  "suspended",
  "moderator",
  "admin",
] as const;
export type Actor = (typeof ACTORS)[number];
