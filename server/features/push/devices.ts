/**
 * Devices of people: registered for a session, listed, removed, tried out. It knows no provider's protocol; whether a
 * token can be one of the provider's is the provider's registration rule.
 * @module
 */
import { createHash } from "node:crypto";
import type { Database } from "../../db/client.ts";
import { violates } from "../../db/pg_errors.ts";
import type { Write } from "../../db/unit_of_work.ts";
import type { Viewer } from "../../domain/viewer.ts";
import { newId } from "../../lib/ids.ts";
import { AppError, invalid } from "../../protocol/errors.ts";
import {
  type DeviceRow,
  deleteDevice,
  deleteTokenElsewhere,
  selectDevices,
  selectTriedDevices,
  type TriedDevice,
  upsertDevice,
} from "./device_queries.ts";
import { ATTEMPT_MS, type Notice, type Outcome, type Provider } from "./providers/provider.ts";
import type { DeviceBody, ProviderName } from "./schema.ts";
import { APP_NAME, generalWords } from "./wording.ts";

type Owner = Pick<Viewer, "userId" | "sessionId">;

/** What a test notification came to. */
export interface Tried {
  readonly result: Outcome["kind"];
  readonly reason: string | null;
}

/** The same of one of a person's devices, for operators. */
export interface TriedByOperator extends Omit<Tried, "result"> {
  readonly device: DeviceRow;
  /** `disabled`: nothing was sent, the provider has said that the token is dead. */
  readonly result: Tried["result"] | "disabled";
  /** Nothing was sent: in development the log stands in for a provider without keys. */
  readonly isPrinted: boolean;
  /** Positions of the person's log that the device has neither received nor was notified of. */
  readonly lacks: number;
}

/** See {@link createDevices}. */
export interface Devices {
  /** @throws VALIDATION_ERROR for a token that cannot be one, or a provider that this server has no keys of. */
  register(owner: Owner, body: DeviceBody): Promise<DeviceRow>;
  list(userId: string): Promise<DeviceRow[]>;
  /** Nothing happens when the session has no device. */
  remove(owner: Owner): Promise<void>;
  /** Sends the session's device a notification at once. @throws NOT_FOUND when it has none. */
  test(owner: Owner): Promise<Tried>;
  /** Sends each device of a person a notification at once, but those that are disabled. */
  testAll(userId: string): Promise<TriedByOperator[]>;
}

/** What {@link createDevices} needs. */
export interface DevicesDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
  readonly providers: ReadonlyMap<ProviderName, Provider>;
  /** @returns What is wrong with which field of a registration, or undefined. */
  readonly judge: (body: DeviceBody) => readonly [field: string, problem: string] | undefined;
}

/** @returns The service of devices. */
export function createDevices({ database, write, providers, judge }: DevicesDeps): Devices {
  async function store(
    { userId, sessionId }: Owner,
    { app_id: appId, ...body }: DeviceBody,
  ): Promise<DeviceRow> {
    const tokenHash = createHash("sha256").update(body.token).digest();
    const device = await write(async ({ sql }) => {
      await deleteTokenElsewhere(sql, { provider: body.provider, tokenHash, sessionId });
      return await upsertDevice(sql, { ...body, appId, id: newId(), sessionId, userId, tokenHash });
    });
    if (!device) throw new AppError("UNAUTHORIZED");
    return device;
  }

  async function tryOne(device: TriedDevice): Promise<Tried> {
    const provider = providers.get(device.provider);
    if (!provider) return { result: "refused", reason: "NotConfigured" };
    const notice = testNotice(device.locale, device.unread);
    const outcome = await provider.send(device, notice, AbortSignal.timeout(ATTEMPT_MS));
    return { result: outcome.kind, reason: outcome.kind === "sent" ? null : outcome.reason };
  }

  return {
    async register(owner, body) {
      if (!providers.has(body.provider)) {
        const message = "must be a provider that this server is set up for";
        throw invalid({ path: "body.provider", code: "not_allowed", message });
      }
      const problem = judge(body);
      if (problem) throw invalid({ path: `body.${problem[0]}`, code: "format", message: problem[1] });
      try {
        return await store(owner, body);
      } catch (error) {
        // Two sessions at the same moment: the later one has the token.
        if (!violates(error, "devices_token_key")) throw error;
        return await store(owner, body);
      }
    },

    list: (userId) => selectDevices(database.sql, userId),

    remove: ({ sessionId }) => deleteDevice(database.sql, sessionId),

    async test({ sessionId }) {
      const [device] = await selectTriedDevices(database.sql, { sessionId });
      if (!device) throw new AppError("NOT_FOUND", "Cannot send: this session has no device");
      return await tryOne(device);
    },

    async testAll(userId) {
      const found = await selectTriedDevices(database.sql, { userId });
      return await Promise.all(
        found.map(async (device) => {
          const isPrinted = providers.get(device.provider)?.isLog ?? false;
          const tried: TriedByOperator = {
            device,
            lacks: device.lacks,
            isPrinted,
            result: "disabled",
            reason: null,
          };
          if (device.disabledAt !== null) return { ...tried, reason: device.disabledReason };
          return { ...tried, ...(await tryOne(device)) };
        }),
      );
    },
  };
}

function testNotice(locale: string | null, badge: number): Notice {
  return {
    type: "test",
    conversationId: null,
    seq: 0,
    badge,
    collapseKey: "test",
    title: APP_NAME,
    body: generalWords("test", locale),
    isPersonal: false,
    ttlSeconds: 300,
  };
}
