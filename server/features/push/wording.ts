/**
 * The general words of notifications, for devices that show nothing personal, in the languages there are. Pure.
 * @module
 */
import type { Notice } from "./providers/provider.ts";

type Words = Readonly<Record<Notice["type"], string>>;

/** The name above every general notification. */
export const APP_NAME = "VibesMatch";

const WORDS: Readonly<Record<string, Words>> = {
  en: {
    new_message: "You have a new message",
    request_received: "Somebody would like to write to you",
    match_created: "You have a new match",
    moderation_notice: "You have a notice from moderation",
    read: "",
    test: "Notifications work on this device",
  },
  de: {
    new_message: "Du hast eine neue Nachricht",
    request_received: "Jemand möchte dir schreiben",
    match_created: "Du hast ein neues Match",
    moderation_notice: "Du hast eine Mitteilung der Moderation",
    read: "",
    test: "Mitteilungen kommen auf diesem Gerät an",
  },
  es: {
    new_message: "Tienes un mensaje nuevo",
    request_received: "Alguien quiere escribirte",
    match_created: "Tienes un nuevo match",
    moderation_notice: "Tienes un aviso de moderación",
    read: "",
    test: "Las notificaciones funcionan en este dispositivo",
  },
  fr: {
    new_message: "Vous avez un nouveau message",
    request_received: "Quelqu’un souhaite vous écrire",
    match_created: "Vous avez un nouveau match",
    moderation_notice: "Vous avez un avis de la modération",
    read: "",
    test: "Les notifications fonctionnent sur cet appareil",
  },
};

/** @param locale BCP 47; a language that is not known is English. */
export function generalWords(type: Notice["type"], locale: string | null): string {
  const language = locale?.slice(0, 2).toLowerCase() ?? "en";
  return (WORDS[language] ?? WORDS.en!)[type];
}
