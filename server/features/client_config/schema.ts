/**
 * What an app must know of this server, on the wire. Types come from it by `Static`.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { Nullable, Timestamp } from "../../protocol/models.ts";

const ProviderName = Type.String({ examples: ["fcm"] });

/** All of it but the time, which changes with every answer. */
export const StableConfig = Type.Object({
  limits: Type.Object({
    message_length: Type.Integer({ description: "Longest message, in code points", examples: [1000] }),
    request_length: Type.Integer({ description: "Longest text of a message request", examples: [250] }),
    photos: Type.Integer({ description: "Most pictures of a profile", examples: [9] }),
    interests: Type.Integer({ description: "Most interests of a profile", examples: [30] }),
    rates: Type.Array(
      Type.Object({
        name: Type.String({ examples: ["message_send"] }),
        count: Type.Integer({ examples: [100] }),
        seconds: Type.Integer({ examples: [3600] }),
      }),
      { description: "How often one person may do what; empty where nothing is counted" },
    ),
  }),
  media: Type.Object({
    hosts: Type.Array(Type.String({ examples: ["storage.example.com"] }), {
      description: "Hosts that pictures may point to",
    }),
    upload: Nullable(
      Type.Object({
        content_types: Type.Array(Type.String({ examples: ["image/jpeg"] })),
        bytes: Type.Integer({ description: "Of a file at most", examples: [10_485_760] }),
        pixels: Type.Integer({ description: "Of a picture at most", examples: [40_000_000] }),
      }),
      { description: "What `POST /media` takes; null: pictures cannot be uploaded here" },
    ),
  }),
  push: Type.Object({
    providers: Type.Array(ProviderName, { description: "Providers that devices may register for" }),
    vapid_public_key: Nullable(Type.String({ examples: ["BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFg"] }), {
      description: "What browsers subscribe with (`applicationServerKey`); null where the server has no key",
    }),
  }),
  min_client_version: Nullable(Type.String({ examples: ["1.4.0"] }), {
    description: "Older apps should ask to be updated; null: no minimum",
  }),
});
export type StableConfig = Static<typeof StableConfig>;

export const ClientConfig = Type.Object({ ...StableConfig.properties, server_time: Timestamp });
