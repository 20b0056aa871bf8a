/**
 * People on the moderators' wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { profileFacts, Role, Timestamp, Uuid } from "../../../protocol/models.ts";
import { ReportCounts, ReportDetail } from "../reports/detail_schema.ts";
import { Sanction } from "../sanctions/schema.ts";
import { inForceFields, ListQuery } from "../staff/schema.ts";

export const PersonRow = Type.Object({
  id: Uuid,
  name: Type.String(),
  role: Role,
  age: Type.Integer(),
  country: Type.String(),
  profile_photos: Type.Array(Type.String()),
  is_active: Type.Boolean(),
  is_online: Type.Boolean(),
  ...inForceFields,
  created_at: Timestamp,
  open_reports: Type.Integer(),
});
export type PersonRow = Static<typeof PersonRow>;

export const PersonPage = Type.Object({ users: Type.Array(PersonRow) });

export const Dossier = Type.Object({
  user: Type.Object({
    id: Uuid,
    email: Type.String(),
    name: Type.String(),
    role: Role,
    date_of_birth: Type.String({ format: "date" }),
    ...profileFacts,
    profile_photos: Type.Array(Type.String()),
    is_premium: Type.Boolean(),
    is_active: Type.Boolean(),
    is_online: Type.Boolean(),
    ...inForceFields,
    last_active: Timestamp,
    created_at: Timestamp,
  }),
  active_sessions: Type.Integer({ description: "Devices that the person is signed in on" }),
  sanctions: Type.Array(Sanction, { description: "Newest first, the last 50" }),
  reports_against: ReportDetail.properties.report.properties.history.properties.reports,
  reports_filed: ReportCounts,
  blocks: Type.Object({ against: Type.Integer(), made: Type.Integer() }),
  activity: Type.Object({
    matches: Type.Integer(),
    messages_24h: Type.Integer({ description: "Messages sent in the last 24 hours, requests included" }),
    requests_24h: Type.Integer(),
  }),
});
export type Dossier = Static<typeof Dossier>;

export const PeopleQuery = ListQuery({
  query: Type.String({
    minLength: 1,
    maxLength: 320,
    description: "An id, a whole e-mail address, or the beginning of a name",
    examples: ["mia"],
  }),
});
