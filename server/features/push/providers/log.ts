/**
 * In development, for a provider whose keys are not configured: writes to the log what would be sent. It prints ids and
 * numbers, and no word that a person wrote.
 * @module
 */
import type { ProviderName } from "../schema.ts";
import { dataOf, type Provider } from "./provider.ts";

/** @returns A provider that only says what it would do. */
export function createLogProvider(
  name: ProviderName,
  log: { info(facts: object, message: string): void },
): Provider {
  return {
    name,
    isLog: true,
    async send({ deviceId }, notice) {
      log.info({ provider: name, device_id: deviceId, ...dataOf(notice) }, "Would send a notification");
      return { kind: "sent" };
    },
  };
}
