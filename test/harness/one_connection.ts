/**
 * A question to a PostgreSQL server over a connection that is there for it alone.
 * @module
 */
import postgres from "postgres";

/** @returns What `use` made of the connection, which is closed then. */
export async function withConnection<T>(url: string, use: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    return await use(sql);
  } finally {
    await sql.end();
  }
}
