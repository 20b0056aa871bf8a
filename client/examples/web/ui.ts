/**
 * What the parts of the messenger share. Shapes only.
 * @module
 */
import type { Chat } from "../../chat/mod.ts";

/** Somebody, as far as this page shows them. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** What each part of the messenger can do. */
export interface Ui {
  readonly chat: Chat;
  readonly me: Person;
  /** Somebody to begin with. */
  readonly suggestion?: Person | undefined;
  readonly open: (conversationId: string) => void;
  readonly go: (section: Section) => void;
  /** Tells what has happened, or why it has not. */
  readonly say: (text: string) => void;
  /** Does something, and says so; a failure is said in words. @returns Whether it was done. */
  readonly attempt: (task: Promise<unknown>, done?: string) => Promise<boolean>;
}

/** Parts of the messenger beside the open conversation. */
export type Section = "chats" | "requests" | "people";

/** A part of the page, and what ends it. */
export interface Part {
  readonly element: HTMLElement;
  readonly end: () => void;
}
