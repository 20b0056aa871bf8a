/**
 * Line-based input and output: prints, asks, reads a line. It never moves the cursor, so that screen readers and pipes
 * work.
 * @module
 */
import { createInterface } from "node:readline";
import { sanitise } from "../sanitise.ts";

/** See the module. */
export interface Talk {
  /** Says lines; each is sanitised. */
  say(...lines: readonly string[]): void;
  /** @returns What was answered, or null when nobody answers any more. */
  ask(question: string): Promise<string | null>;
  close(): void;
}

interface TalkOptions {
  readonly input: NodeJS.ReadableStream;
  readonly write: (text: string) => void;
}

/** @returns The conversation over two streams. */
export function createTalk({ input, write }: TalkOptions): Talk {
  const reader = createInterface({ input, terminal: false });
  const lines: string[] = [];
  let waiting: ((line: string | null) => void) | undefined;
  let isOver = false;
  reader.on("line", (line) => {
    const resolve = waiting;
    waiting = undefined;
    if (resolve) resolve(line);
    else lines.push(line);
  });
  reader.on("close", () => {
    isOver = true;
    waiting?.(null);
  });
  return {
    say: (...texts) => write(texts.map((text) => `${sanitise(text)}\n`).join("")),
    ask(question) {
      write(`${sanitise(question)} `);
      const next = lines.shift();
      if (next !== undefined) return Promise.resolve(next);
      if (isOver) return Promise.resolve(null);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    close: () => reader.close(),
  };
}
