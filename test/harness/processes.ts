/**
 * Processes and what they have started, from /proc.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

/** @returns The process and everything below it. */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family: number[] = [];
  for (const next = [pid]; next.length > 0; ) {
    const one = next.pop()!;
    family.push(one);
    next.push(...(children.get(one) ?? []));
  }
  return family;
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in the middle may hold anything.
    const [, parent] = /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return Number(parent);
  } catch {
    return undefined;
  }
}
