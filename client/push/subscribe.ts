/**
 * Registers devices with the server, and subscribes a browser to its push service.
 * @module
 */
import type { Rest } from "../rest.ts";

/** What the platform gave the app, as the server stores it. */
export interface DeviceToRegister {
  readonly provider: "apns" | "fcm" | "webpush" | "expo";
  /** Of webpush: the browser's subscription as JSON, which {@link subscribeToPush} makes. */
  readonly token: string;
  /** apns: the app's bundle id. */
  readonly app_id?: string;
  /** apns: `sandbox` for builds out of Xcode. */
  readonly environment?: "production" | "sandbox";
  /** BCP 47: the language of general words. */
  readonly locale?: string;
  /** What a notification shows: nothing personal, the sender's name, or name and text. @default "none" */
  readonly preview?: "none" | "name" | "text";
}

/** A registered device. */
export interface Device {
  readonly id: string;
  readonly provider: DeviceToRegister["provider"];
  readonly preview: "none" | "name" | "text";
  readonly created_at: string;
}

/** Why a browser was not subscribed. */
export type PushRefusal =
  /** No service workers, or no push, or not over https. */
  | "unsupported"
  /** The person said no; only the browser's settings can change that. */
  | "denied"
  /** The server has no VAPID key. */
  | "not_offered";

/** See {@link subscribeToPush}. */
export class PushRefused extends Error {
  override readonly name = "PushRefused";
  readonly reason: PushRefusal;

  constructor(reason: PushRefusal) {
    super(`Cannot subscribe: ${reason.replace("_", " ")}`);
    this.reason = reason;
  }
}

/** See {@link subscribeToPush}. */
export interface SubscribeOptions extends Pick<DeviceToRegister, "preview" | "locale"> {
  /** Calls of the REST API, with the person's token. */
  readonly rest: Rest;
  /** Address of the script that calls `installPushWorker`. It serves the pages below its own folder: this one must be. */
  readonly worker: string;
}

/**
 * Registers this session's device. Call it at every start of the app: tokens change.
 *
 * @throws RequestFailure
 */
export async function registerDevice(rest: Rest, device: DeviceToRegister): Promise<Device> {
  const body = { preview: "none", ...device };
  const { data } = await rest<{ device: Device }>("/api/v1/devices/current", { method: "PUT", body });
  return data.device;
}

/** This session's device is not notified any more. Signing out does the same. @throws RequestFailure */
export async function removeDevice(rest: Rest): Promise<void> {
  await rest("/api/v1/devices/current", { method: "DELETE" });
}

/**
 * Asks the person, subscribes the browser and registers it. Browsers want it called in the handler of a click.
 *
 * @throws PushRefused with why it cannot be, RequestFailure of the server.
 * @example
 * ```ts
 * button.onclick = () => subscribeToPush({ rest: chat.rest, worker: "/push_worker.js", preview: "name" });
 * ```
 */
export async function subscribeToPush({ rest, worker, preview, locale }: SubscribeOptions): Promise<Device> {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) throw new PushRefused("unsupported");
  // Before anything else is waited for: the click is over then.
  const permission = await Notification.requestPermission();
  if (permission !== "granted") throw new PushRefused("denied");
  const { data } = await rest<{ push: { vapid_public_key: string | null } }>("/api/v1/config");
  const key = data.push.vapid_public_key;
  if (key === null) throw new PushRefused("not_offered");
  await navigator.serviceWorker.register(worker);
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await subscribe(pushManager, key);
  const token = JSON.stringify(subscription);
  return await registerDevice(rest, {
    provider: "webpush",
    token,
    preview,
    locale: locale ?? navigator.language,
  });
}

/** Ends the browser's subscription and the registration. Nothing happens when there is none. */
export async function unsubscribeFromPush({ rest }: { readonly rest: Rest }): Promise<void> {
  await removeDevice(rest);
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  await subscription?.unsubscribe();
}

/** A subscription made with another key, such as of a server before its restore, would be refused by the push service. */
async function subscribe(manager: PushManager, key: string): Promise<PushSubscription> {
  const known = await manager.getSubscription();
  const knownKey = known?.options.applicationServerKey;
  if (known && knownKey && toBase64Url(new Uint8Array(knownKey)) === key) return known;
  await known?.unsubscribe();
  return await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
