/**
 * The providers of one process: those whose keys are configured, and in development the log in the place of the others.
 * @module
 */
import type { JudgeDevice } from "../devices.ts";
import { PROVIDERS, type ProviderName } from "../schema.ts";
import { createLogProvider } from "./log.ts";
import type { Provider } from "./provider.ts";

/** Keys and addresses, as the configuration has them. */
export interface PushKeys {
  readonly production: boolean;
}

interface ProvidersDeps {
  readonly keys: PushKeys;
  readonly log: { info(facts: object, message: string): void };
}

/** @returns The providers, and what judges a registration. */
export function createProviders({ keys, log }: ProvidersDeps): {
  readonly providers: readonly Provider[];
  readonly judge: JudgeDevice;
} {
  const real = new Map<ProviderName, Provider>();
  const providers = PROVIDERS.flatMap((name) => {
    const provider = real.get(name) ?? (keys.production ? undefined : createLogProvider(name, log));
    return provider ? [provider] : [];
  });
  return { providers, judge: () => undefined };
}
