/**
 * The relations in which a caller can stand to a resource: the columns of the access matrices.
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
