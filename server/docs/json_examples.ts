/**
 * Example values by key, for keys that mean the same everywhere in the API. A schema's own examples take precedence.
 * @module
 */

const EXAMPLES: Readonly<Record<string, unknown>> = {
  access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk4Yz…",
  age: 29,
  bio: "Mountains, film photography, tea",
  city: "Munich",
  client_message_id: "a-name-that-the-client-made-up",
  content: "Thanks for accepting! What's your favorite hiking spot?",
  country: "DE",
  cursor: "eyJpZCI6IjAxOThjMGRlIiwiY3JlYXRlZEF0IjoiMjAyNi0wMS0xNSJ9",
  date_of_birth: "1995-05-15",
  degraded: "redis",
  description: "Profile photos appear to be stock images",
  email: "jane@example.com",
  gender: "female",
  hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  interests: "hiking",
  lift_reason: "Checked again with the context of the earlier messages",
  message: "Done",
  message_type: "text",
  name: "Jane Doe",
  preview_text: "Hi! I noticed we both love hiking. Would you like to chat about your favorite trails?",
  problem: "it was changed",
  profile_photos: "https://storage.vibesmatch.com/photos/jane_1.jpg",
  reason: "Repeated insults after being asked to stop",
  refresh_token: "kO2m1x0Vd0oYvTnQe3o1yJm0y7mJ4cH1p2bq8rS5tUw",
  request_status: "accepted",
  state: "Bavaria",
  text: "Same photos as the account banned last week",
  what: "report.claimed",
};

/** @returns The example of a key, or undefined when nothing is known of it. */
export function exampleFor(key: string | undefined): unknown {
  return key !== undefined && Object.hasOwn(EXAMPLES, key) ? EXAMPLES[key] : undefined;
}
