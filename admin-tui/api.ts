/**
 * The calls of the admin API. An access token that the server rejects is renewed once. It holds no state.
 * @module
 */
import { RequestFailure, type Rest, type RestCall } from "../client/mod.ts";
import type { Session } from "./desk/session.ts";
import type {
  AppealRow,
  AppealsQuery,
  AuditQuery,
  AuditRow,
  BlockDetail,
  BlockRow,
  BlocksQuery,
  DismissAnswer,
  Dossier,
  ModerationStats,
  ModerationStatsQuery,
  Note,
  PersonRow,
  PictureView,
  Profile,
  QueuedPerson,
  ReportAnswer,
  ReportDetail,
  ReportedRow,
  ReportRow,
  ReportsQuery,
  ResolveAnswer,
  ResolveBody,
  Sanction,
  SanctionBody,
  SanctionRow,
  Stats,
  UndoAnswer,
  VerdictBody,
} from "./wire.ts";

/** One page of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly cursor: string | null;
}

type Query<Q> = Partial<Q>;

/** What an answer tells besides its data. */
export interface CallFacts {
  /** The server's time minus ours, ms; undefined when it did not say. */
  readonly offsetMs: number | undefined;
}

interface ApiOptions {
  /** Of the server; its own paths become links by it. */
  readonly url: string;
  /** Calls with the session's token. */
  readonly rest: Rest;
  readonly session: Pick<Session, "token" | "end">;
  readonly onCall?: (facts: CallFacts) => void;
  readonly now?: () => number;
}

const ADMIN = "/api/v1/admin";
const PAGE = 200;

/** See {@link createApi}. */
export type Api = ReturnType<typeof createApi>;

/** @returns The calls; all of them throw RequestFailure, and AppError UNAUTHORIZED when the session is over. */
export function createApi({ url, rest, session, onCall = () => {}, now = Date.now }: ApiOptions) {
  async function once<T>(path: string, call: RestCall) {
    const answer = await rest<T>(path, call);
    onCall({ offsetMs: offsetOf(answer.headers.get("date"), now()) });
    return answer;
  }

  async function ask<T>(path: string, call: RestCall = {}) {
    try {
      return await once<T>(path, call);
    } catch (error) {
      if (!(error instanceof RequestFailure) || error.code !== "UNAUTHORIZED") throw error;
      await session.token("rejected");
      try {
        return await once<T>(path, call);
      } catch (again) {
        if (again instanceof RequestFailure && again.code === "UNAUTHORIZED") session.end();
        throw again;
      }
    }
  }

  async function get<T>(path: string, query: RestCall["query"] = {}, signal?: AbortSignal): Promise<T> {
    return (await ask<T>(path, { query, signal })).data;
  }

  async function post<T>(path: string, body: unknown = {}): Promise<T> {
    return (await ask<T>(path, { method: "POST", body })).data;
  }

  async function page<Row>(path: string, name: string, query: object): Promise<Page<Row>> {
    const { data, cursor } = await ask<Record<string, Row[]>>(path, {
      query: { limit: PAGE, ...query } as RestCall["query"],
    });
    return { rows: data[name] ?? [], cursor };
  }

  const report = (id: string) => `${ADMIN}/reports/${id}`;
  const user = (id: string) => `${ADMIN}/users/${id}`;

  return {
    /** @returns How long the server takes to answer, ms. */
    async ping(): Promise<number> {
      const start = performance.now();
      await rest("/livez");
      return performance.now() - start;
    },
    profile: () => get<Profile>("/api/v1/users/profile"),
    stats: () => get<Stats>(`${ADMIN}/stats`),
    moderationStats: (query: Query<ModerationStatsQuery>) =>
      get<ModerationStats>(`${ADMIN}/stats/moderation`, query),
    reports: {
      list: (query: Query<ReportsQuery>) => page<ReportRow>(`${ADMIN}/reports`, "reports", query),
      /** @param options.reveal With the texts of the evidence: the server writes that down. */
      async show(id: string, { reveal }: { reveal: boolean }): Promise<ReportDetail> {
        const query = reveal ? {} : { evidence: "hidden" };
        return (await get<{ report: ReportDetail }>(report(id), query)).report;
      },
      claim: async (id: string) => (await post<{ report: ReportRow }>(`${report(id)}/claim`)).report,
      release: async (id: string) => (await post<{ report: ReportRow }>(`${report(id)}/release`)).report,
      note: async (id: string, text: string) =>
        (await post<{ note: Note }>(`${report(id)}/notes`, { text })).note,
      resolve: (id: string, body: ResolveBody) => post<ResolveAnswer>(`${report(id)}/resolve`, body),
      /** @returns A link that shows a sealed picture once: the server writes that down. */
      async pictureLink(id: string, mediaId: string): Promise<string> {
        const view = await post<PictureView>(`${report(id)}/pictures/${mediaId}`);
        return new URL(view.url, url).href;
      },
      undo: (id: string, reason: string) => post<UndoAnswer>(`${report(id)}/undo`, { reason }),
    },
    /** The same reports by person: a claim and a release are about all open reports on the person of the one named. */
    people: {
      async list(query: Query<ReportsQuery>): Promise<Page<ReportedRow>> {
        const grouped = { ...query, group: "person" };
        const { rows, cursor } = await page<QueuedPerson>(`${ADMIN}/reports`, "people", grouped);
        return { rows: rows.map(reportedRow), cursor };
      },
      claim: (reportId: string) => post<ReportAnswer>(`${report(reportId)}/claim`, { scope: "person" }),
      release: (reportId: string) => post<ReportAnswer>(`${report(reportId)}/release`, { scope: "person" }),
    },
    appeals: {
      list: (query: Query<AppealsQuery>) => page<AppealRow>(`${ADMIN}/appeals`, "appeals", query),
      claim: async (id: string) => (await post<{ appeal: AppealRow }>(`${ADMIN}/appeals/${id}/claim`)).appeal,
      release: async (id: string) =>
        (await post<{ appeal: AppealRow }>(`${ADMIN}/appeals/${id}/release`)).appeal,
      decide: async (id: string, body: VerdictBody) =>
        (await post<{ appeal: AppealRow }>(`${ADMIN}/appeals/${id}/decide`, body)).appeal,
    },
    blocks: {
      list: (query: Query<BlocksQuery>) => page<BlockRow>(`${ADMIN}/blocks`, "blocks", query),
      show: async (id: string) => (await get<{ block: BlockDetail }>(`${ADMIN}/blocks/${id}`)).block,
      lift: (id: string, reason: string) => post<object>(`${ADMIN}/blocks/${id}/lift`, { reason }),
      uphold: async (id: string, reason: string) =>
        (await post<{ block: BlockDetail }>(`${ADMIN}/blocks/${id}/uphold`, { reason })).block,
    },
    users: {
      search: (query: string, more: { cursor?: string }) =>
        page<PersonRow>(`${ADMIN}/users`, "users", { query, ...more }),
      show: (id: string) => get<Dossier>(user(id)),
      sanction: async (id: string, body: SanctionBody) =>
        (await post<{ sanction: Sanction }>(`${user(id)}/sanctions`, body)).sanction,
      async lift(
        id: string,
        { sanctionId, reason }: { sanctionId: string; reason: string },
      ): Promise<Sanction> {
        const call = { method: "DELETE", body: { reason } } as const;
        return (await ask<{ sanction: Sanction }>(`${user(id)}/sanctions/${sanctionId}`, call)).data.sanction;
      },
      async confirm(
        id: string,
        { sanctionId, reason }: { sanctionId: string; reason: string },
      ): Promise<Sanction> {
        const path = `${user(id)}/sanctions/${sanctionId}/confirm`;
        return (await post<{ sanction: Sanction }>(path, { reason })).sanction;
      },
      /** Dismisses all open reports that somebody filed. */
      dismissReports: (id: string, reason: string) =>
        post<DismissAnswer>(`${user(id)}/reports/dismiss`, { reason }),
      awaiting: () =>
        page<SanctionRow>(`${ADMIN}/sanctions`, "sanctions", { state: "awaiting_confirmation" }),
    },
    audit: {
      list: (query: Query<AuditQuery>) => page<AuditRow>(`${ADMIN}/audit`, "entries", query),
    },
  };
}

function reportedRow({ person, ...facts }: QueuedPerson): ReportedRow {
  return { ...facts, id: person.id, reported: person, status: "pending", resolution: null };
}

/** The header has whole seconds: less than two are no difference. */
function offsetOf(date: string | null, now: number): number | undefined {
  const server = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(server)) return undefined;
  const offset = server + 500 - now;
  return Math.abs(offset) < 2_000 ? 0 : offset;
}
