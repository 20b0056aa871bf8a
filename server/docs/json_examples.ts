/**
 * Example values by key, for keys that mean the same everywhere in the API. A schema's own examples take precedence.
 * @module
 */

const EXAMPLES: Readonly<Record<string, unknown>> = {
  access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk4Yz…",
  age: 30,
  badge: 1,
  bio: "Mountains, film photography, tea",
  city: "Munich",
  client_message_id: "a-name-that-the-client-made-up",
  content: "Thanks for accepting! What's your favorite hiking spot?",
  country: "DE",
  cursor: "eyJpZCI6IjAxOThjMGRlIiwiY3JlYXRlZEF0IjoiMjAyNi0wMS0xNSJ9",
  date_of_birth: "1995-05-15",
  decision_reason: "The message was a quote from a film that both had talked about",
  degraded: "redis",
  description: "Profile photos appear to be stock images",
  email: "jane@example.com",
  gender: "female",
  expires_in: 3600,
  has_more: false,
  hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  interest: "hiking",
  is_read: false,
  is_request: false,
  lift_reason: "Checked again with the context of the earlier messages",
  message_type: "text",
  my_read_seq: 4,
  name: "Jane Doe",
  peer_read_seq: 4,
  preview_text: "Hi! I noticed we both love hiking. Would you like to chat about your favorite trails?",
  problem: "it was changed",
  profile_photo: "https://storage.vibesmatch.com/photos/jane_1.jpg",
  reason: "Repeated insults after being asked to stop",
  refresh_token: "kO2m1x0Vd0oYvTnQe3o1yJm0y7mJ4cH1p2bq8rS5tUw",
  request_status: "accepted",
  resync_required: false,
  seq: 5,
  state: "Bavaria",
  text: "Same photos as the account banned last week",
  what: "report.claimed",
};

/** @returns The example of a key, or undefined when nothing is known of it. */
export function exampleFor(key: string | undefined): unknown {
  return key !== undefined && Object.hasOwn(EXAMPLES, key) ? EXAMPLES[key] : undefined;
}

/** Which of the two people of the examples, or which thing, an id belongs to. */
const SAME: Readonly<Record<string, string>> = {
  actor: "me",
  blocked: "jane",
  blocker: "me",
  profile: "jane",
  read_by: "jane",
  receiver: "jane",
  reported: "jane",
  reporter: "me",
  sender: "me",
  target: "jane",
  user: "jane",
};

/** @returns A UUID that is the same for the same thing: a message's `id` is the `message_id` of other examples. */
export function exampleId(what: string): string {
  const hash = Bun.hash(SAME[what] ?? what)
    .toString(16)
    .padStart(16, "0");
  return `0198c0de-${hash.slice(0, 4)}-7${hash.slice(4, 7)}-8${hash.slice(7, 10)}-${hash.slice(10)}0a6f8f`;
}

const HOLDERS: Readonly<Record<string, string>> = {
  LastMessage: "message",
  MessageRequest: "request",
  OwnProfile: "me",
  PublicProfile: "jane",
  DiscoveryProfile: "jane",
  RequestPerson: "jane",
  UserCard: "jane",
};

/** @returns What the `id` of such an object is an id of. @param name Of the schema, or the key of the object. */
export function holderOf(name: string): string {
  return HOLDERS[name] ?? name.toLowerCase();
}

/** Optional fields that would contradict the others of an example. */
const RARE = new Set(["request_status", "receiver"]);

/** @returns Whether an example looks better without the field, where it is optional. */
export function isRarelyShown(key: string): boolean {
  return RARE.has(key);
}
