/**
 * Who of the staff acts, and against whom they may.
 * @module
 */

import { AppError } from "../../../protocol/errors.ts";
import type { Role } from "../../../protocol/models.ts";

/** The member of staff who acts. */
export interface Actor {
  readonly id: string;
  readonly role: Role;
}

/**
 * Nobody judges themselves; staff are judged by admins only.
 * @throws FORBIDDEN
 */
export function checkMayJudge(actor: Actor, target: { id: string; role: Role }): void {
  if (actor.id === target.id) throw new AppError("FORBIDDEN", "Cannot judge oneself");
  if (target.role !== "user" && actor.role !== "admin") {
    throw new AppError("FORBIDDEN", "Cannot judge a member of staff: only an admin may");
  }
}

/** @returns The signed-in person of a route as the one who acts. */
export function actorOf({ userId, role }: { userId: string; role: Role }): Actor {
  return { id: userId, role };
}
