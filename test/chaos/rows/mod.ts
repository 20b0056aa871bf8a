/**
 * The reliability table: every row, in the order in which it is run. A row that takes its deployment apart for good
 * comes last.
 * @module
 */
import type { Row } from "../row.ts";
import { CITUS_ROWS } from "./citus.ts";
import { NODE_ROWS } from "./nodes.ts";
import { PATRONI_ROWS } from "./patroni.ts";
import { PEOPLE_ROWS } from "./people.ts";
import { PICTURE_ROWS } from "./pictures.ts";
import { FAILOVER_ROWS, POSTGRES_ROWS, REPLICA_ROWS } from "./postgres.ts";
import { PUSH_ROWS } from "./push.ts";
import { REDIS_ROWS } from "./redis.ts";
import { RESTORE_ROWS } from "./restore.ts";
import { SOAK_ROWS } from "./soak.ts";

export const ROWS: readonly Row[] = [
  ...NODE_ROWS,
  ...REDIS_ROWS,
  ...POSTGRES_ROWS,
  ...RESTORE_ROWS,
  ...PEOPLE_ROWS,
  ...PICTURE_ROWS,
  ...PUSH_ROWS,
  ...SOAK_ROWS,
  ...REPLICA_ROWS,
  ...FAILOVER_ROWS,
  ...PATRONI_ROWS,
  ...CITUS_ROWS,
];
