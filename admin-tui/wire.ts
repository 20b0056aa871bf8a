/**
 * The types of the admin API, derived from the server's routes, so that a change there which does not fit here fails to
 * compile. Types only.
 * @module
 */
import type { App } from "../server/app.ts";

type V1 = App["~Routes"]["api"]["v1"];
type Admin = V1["admin"];
/** The data of a route's answer. */
type Data<Route> = Route extends { response: { 200: { data: infer D } } } ? D : never;
type Created<Route> = Route extends { response: { 201: { data: infer D } } } ? D : never;

type Queue = Data<Admin["reports"]["get"]>;
export type ReportRow = Extract<Queue, { reports: unknown }>["reports"][number];
/** Somebody whom open reports are about. */
export type QueuedPerson = Extract<Queue, { people: unknown }>["people"][number];
/** Somebody in the queue by person, as the row of a list: its id is the person's. */
export interface ReportedRow extends Omit<QueuedPerson, "person">, Pick<ReportRow, "status" | "resolution"> {
  readonly id: string;
  readonly reported: QueuedPerson["person"];
}
export type ReportAnswer = Data<Admin["reports"][":id"]["claim"]["post"]>;
export type ReportDetail = Data<Admin["reports"][":id"]["get"]>["report"];
export type EvidenceItem = ReportDetail["evidence"]["items"][number];
export type ReportsQuery = Admin["reports"]["get"]["query"];
export type ResolveBody = Admin["reports"][":id"]["resolve"]["post"]["body"];
export type ResolveAnswer = Data<Admin["reports"][":id"]["resolve"]["post"]>;
export type UndoAnswer = Data<Admin["reports"][":id"]["undo"]["post"]>;
export type PictureView = Created<Admin["reports"][":id"]["pictures"][":media_id"]["post"]>;
export type Note = Created<Admin["reports"][":id"]["notes"]["post"]>["note"];

export type AppealRow = Data<Admin["appeals"]["get"]>["appeals"][number];
export type AppealsQuery = Admin["appeals"]["get"]["query"];
export type VerdictBody = Admin["appeals"][":id"]["decide"]["post"]["body"];

export type BlockRow = Data<Admin["blocks"]["get"]>["blocks"][number];
export type BlockDetail = Data<Admin["blocks"][":id"]["get"]>["block"];
export type BlocksQuery = Admin["blocks"]["get"]["query"];

export type PersonRow = Data<Admin["users"]["get"]>["users"][number];
export type Dossier = Data<Admin["users"][":id"]["get"]>;
export type SanctionBody = Admin["users"][":id"]["sanctions"]["post"]["body"];
export type Sanction = Dossier["sanctions"][number];
export type SanctionRow = Data<Admin["sanctions"]["get"]>["sanctions"][number];
export type SanctionsQuery = Admin["sanctions"]["get"]["query"];

export type DismissAnswer = Data<Admin["users"][":id"]["reports"]["dismiss"]["post"]>;

export type AuditRow = Data<Admin["audit"]["get"]>["entries"][number];
export type AuditQuery = Admin["audit"]["get"]["query"];
export type Stats = Data<Admin["stats"]["get"]>;
export type ModerationStats = Data<Admin["stats"]["moderation"]["get"]>;
export type ModerationStatsQuery = Admin["stats"]["moderation"]["get"]["query"];

export type PersonRef = NonNullable<Note["author"]>;
export type Profile = Data<V1["users"]["profile"]["get"]>;
export type CodeSent = Data<V1["auth"]["send-otp"]["post"]>;
export type Verified = Data<V1["auth"]["verify-otp"]["post"]>;
export type TokenPair = Data<V1["auth"]["refresh"]["post"]>;
