/**
 * The providers of one process: those whose keys are configured, and in development the log in the place of the others.
 * It judges registrations by each provider's rules.
 * @module
 */
import type { DeviceBody, ProviderName } from "../schema.ts";
import { PROVIDERS } from "../schema.ts";
import { createApnsProvider } from "./apns.ts";
import { createExpoProvider, type ExpoProvider, type ExpoTicket } from "./expo.ts";
import { createFcmProvider, readFcmCredentials } from "./fcm.ts";
import { createLogProvider } from "./log.ts";
import type { Provider } from "./provider.ts";
import { createWebPushProvider, vapidPublicKey } from "./webpush.ts";
import { type EndpointRules, isAllowedEndpoint, readSubscription } from "./webpush_endpoint.ts";

/** Keys and addresses, as the configuration has them; null: not set. */
export interface PushKeys {
  readonly production: boolean;
  readonly pushApnsKey: string | null;
  readonly pushApnsKeyId: string | null;
  readonly pushApnsTeamId: string | null;
  readonly pushApnsUrl: string | null;
  readonly pushFcmCredentials: string | null;
  readonly pushFcmUrl: string | null;
  readonly pushVapidPrivateKey: string | null;
  readonly pushVapidSubject: string | null;
  readonly pushWebpushHosts: readonly string[];
  readonly pushExpoToken: string | null;
  readonly pushExpoUrl: string | null;
}

interface ProvidersDeps {
  readonly keys: PushKeys;
  readonly log: { info(facts: object, message: string): void };
  readonly onTickets: (tickets: readonly ExpoTicket[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** What is wrong with which field of a registration. */
type Problem = readonly [field: string, problem: string];

/** See {@link createProviders}. */
export interface Providers {
  readonly all: readonly Provider[];
  readonly expo: ExpoProvider | undefined;
  /** The key that browsers subscribe with; null without Web Push. */
  readonly vapidPublicKey: string | null;
  /** @returns What is wrong with a registration, or undefined. */
  judge(body: DeviceBody): Problem | undefined;
}

/** @throws Error naming the configuration key that cannot be used. */
export async function createProviders({ keys, log, ...told }: ProvidersDeps): Promise<Providers> {
  const rules: EndpointRules = { hosts: keys.pushWebpushHosts, allowLoopback: !keys.production };
  const expo = keys.pushExpoToken
    ? createExpoProvider({ token: keys.pushExpoToken, url: keys.pushExpoUrl, ...told })
    : undefined;
  const real = [await openApns(keys), await openFcm(keys), openWebPush(keys, rules), expo];
  const all = PROVIDERS.flatMap((name) => {
    const provider = real.find((candidate) => candidate?.name === name);
    return provider ?? (keys.production ? [] : [createLogProvider(name, log)]);
  });
  const publicKey = keys.pushVapidPrivateKey === null ? undefined : vapidPublicKey(keys.pushVapidPrivateKey);
  return {
    all,
    expo,
    vapidPublicKey: publicKey ?? null,
    judge: (body) => JUDGES[body.provider](body, rules),
  };
}

async function openApns(keys: PushKeys): Promise<Provider | undefined> {
  const { pushApnsKey: key, pushApnsKeyId: keyId, pushApnsTeamId: teamId, pushApnsUrl: url } = keys;
  if (key === null || keyId === null || teamId === null) return undefined;
  try {
    return await createApnsProvider({ key, keyId, teamId, url });
  } catch {
    throw new Error("Cannot use PUSH_APNS_KEY: not the text of a .p8 file (PKCS#8 in PEM)");
  }
}

async function openFcm({ pushFcmCredentials, pushFcmUrl: url }: PushKeys): Promise<Provider | undefined> {
  if (pushFcmCredentials === null) return undefined;
  const credentials = readFcmCredentials(pushFcmCredentials);
  try {
    return await createFcmProvider({ credentials: credentials!, url });
  } catch {
    throw new Error(
      "Cannot use PUSH_FCM_CREDENTIALS: not the JSON file of a service account with a PKCS#8 key",
    );
  }
}

function openWebPush(keys: PushKeys, rules: EndpointRules): Provider | undefined {
  const { pushVapidPrivateKey: privateKey, pushVapidSubject: subject } = keys;
  if (privateKey === null || subject === null) return undefined;
  return createWebPushProvider({ privateKey, subject, rules });
}

const JUDGES: Readonly<
  Record<ProviderName, (body: DeviceBody, rules: EndpointRules) => Problem | undefined>
> = {
  apns({ token, app_id }) {
    if (!/^[0-9a-f]{64,200}$/i.test(token)) return ["token", "is no device token: hexadecimal digits"];
    // It becomes a header.
    if (!/^[\w.-]+$/.test(app_id ?? "")) return ["app_id", "is required: the app's bundle id"];
    return undefined;
  },
  fcm: ({ token }) => (/^[\w:.%-]{8,}$/.test(token) ? undefined : ["token", "is no registration token"]),
  expo: ({ token }) =>
    /^Expo(nent)?PushToken\[[\w.:-]+\]$/.test(token) ? undefined : ["token", "is no ExponentPushToken[…]"],
  webpush({ token }, rules) {
    const subscription = readSubscription(token);
    if (!subscription)
      return ["token", "is no push subscription: JSON with endpoint, keys.p256dh and keys.auth"];
    if (isAllowedEndpoint(subscription.endpoint, rules)) return undefined;
    return ["token", "points to a push service that this server does not call"];
  },
};
