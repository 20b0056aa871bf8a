/**
 * The part of a service worker that shows notifications and brings the app to the front when one is clicked. Browsers
 * demand that something is shown for each push, so it shows something even for what it does not know.
 * @module
 */

/** What the server sends: ids and numbers, and title and body only when the device chose to show them. */
interface Payload {
  readonly type: string;
  readonly conversation_id?: string;
  readonly badge?: number;
  readonly title?: string;
  readonly body?: string;
}

/** See {@link installPushWorker}. */
export interface PushWorkerOptions {
  /** The app's name, above a notification that shows no person's. @default "VibesMatch" */
  readonly title?: string;
  /** General words by type, in the person's language; what is not named is in English. */
  readonly words?: Readonly<Record<string, string>>;
  /** Where a click leads when no page of the app is open. @default the root of the worker */
  readonly page?: (conversationId: string | undefined) => string;
  readonly icon?: string;
}

const WORDS: Readonly<Record<string, string>> = {
  new_message: "You have a new message",
  request_received: "Somebody would like to write to you",
  match_created: "You have a new match",
  moderation_notice: "You have a notice from moderation",
  test: "Notifications work on this device",
};

/** The parts of a worker's scope that are needed; the types of pages and of workers exclude each other. */
interface WorkerScope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(
      options: object,
    ): Promise<readonly { focus(): Promise<unknown>; postMessage(message: unknown): void }[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly navigator?: { setAppBadge?(count: number): Promise<void>; clearAppBadge?(): Promise<void> };
  // biome-ignore lint/suspicious/noExplicitAny: PushEvent and NotificationEvent have no types beside those of pages
  addEventListener(type: string, listener: (event: any) => void): void;
}

/**
 * Call it in the service worker. A page learns of a click by a message
 * `{ type: "vibes_open", conversation_id }` of `navigator.serviceWorker`.
 *
 * @example
 * ```ts
 * installPushWorker(self, { page: (id) => (id ? `/chat/${id}` : "/") });
 * ```
 */
export function installPushWorker(self: unknown, options: PushWorkerOptions = {}): void {
  const scope = self as WorkerScope;
  const { page = () => scope.registration.scope } = options;
  scope.addEventListener("push", (event) => event.waitUntil(show(scope, readPayload(event.data), options)));
  scope.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(scope, event.notification.data?.conversation_id, page));
  });
}

function readPayload(data: { json(): unknown } | null): Payload {
  try {
    return data?.json() as Payload;
  } catch {
    return { type: "unknown" };
  }
}

async function show(
  { registration, navigator }: WorkerScope,
  { type, conversation_id, badge, title, body }: Payload,
  { title: appName = "VibesMatch", words = {}, icon }: PushWorkerOptions,
): Promise<void> {
  const general = words[type] ?? WORDS[type] ?? WORDS.new_message!;
  await registration.showNotification(title ?? appName, {
    body: body ?? general,
    // A later notification of the same conversation replaces it.
    tag: conversation_id ?? type,
    data: { conversation_id },
    ...(icon === undefined ? {} : { icon }),
  });
  if (badge === undefined) return;
  await (badge > 0 ? navigator?.setAppBadge?.(badge) : navigator?.clearAppBadge?.());
}

async function open(
  { clients }: WorkerScope,
  conversationId: string | undefined,
  page: (conversationId: string | undefined) => string,
): Promise<void> {
  const [client] = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!client) return void (await clients.openWindow(page(conversationId)));
  client.postMessage({ type: "vibes_open", conversation_id: conversationId });
  await client.focus();
}
