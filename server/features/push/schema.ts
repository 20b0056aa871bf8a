/**
 * Devices on the wire. Types come from these by `Static`.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { Nullable, Timestamp, Uuid } from "../../protocol/models.ts";

export const PROVIDERS = ["apns", "fcm", "webpush", "expo"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

const Provider = Type.Union(
  [Type.Literal("apns"), Type.Literal("fcm"), Type.Literal("webpush"), Type.Literal("expo")],
  { description: "Whose service reaches the device" },
);
const Preview = Type.Union([Type.Literal("none"), Type.Literal("name"), Type.Literal("text")], {
  description: "What a notification shows: nothing personal, the sender's name, or name and text",
});

export const DeviceBody = Type.Object(
  {
    provider: Provider,
    token: Type.String({
      minLength: 1,
      maxLength: 4096,
      description:
        "As the provider gave it to the app; of webpush: the browser's subscription object as JSON",
    }),
    app_id: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: "apns: the app's bundle id, required" }),
    ),
    environment: Type.Optional(
      Type.Union([Type.Literal("production"), Type.Literal("sandbox")], {
        description: "apns: which of Apple's two services made the token; production when absent",
      }),
    ),
    locale: Type.Optional(
      Type.String({ minLength: 2, maxLength: 35, description: "BCP 47, for the words of a notification" }),
    ),
    preview: Preview,
  },
  { examples: [{ provider: "fcm", token: "fGc3…", preview: "none" }] },
);
export type DeviceBody = Static<typeof DeviceBody>;

export const Device = Type.Object({
  id: Uuid,
  provider: Provider,
  preview: Preview,
  created_at: Timestamp,
});

/** One of one's own devices, with whether it can be reached. */
export const ListedDevice = Type.Object({
  ...Device.properties,
  current: Type.Boolean({ description: "Whether it is this session's" }),
  disabled_at: Nullable(Timestamp, {
    description: "Since when it gets nothing: the provider says that it is gone; registering it again helps",
  }),
  disabled_reason: Nullable(Type.String({ examples: ["Unregistered"] })),
});

export const Registered = Type.Object({ device: Device });
export const Devices = Type.Object({ devices: Type.Array(ListedDevice) });
export const Done = Type.Object({
  message: Type.String({ examples: ["This device is no longer notified"] }),
});
export const TestResult = Type.Object({
  result: Type.Union(
    [Type.Literal("sent"), Type.Literal("retry"), Type.Literal("dead"), Type.Literal("refused")],
    { description: "What the provider said: taken; try later; the token is dead; refused, see the reason" },
  ),
  reason: Nullable(Type.String({ examples: ["BadDeviceToken"] })),
});
