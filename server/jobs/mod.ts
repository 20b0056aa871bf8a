/**
 * One durable queue for work that follows a commit: a job is a row that is written with the change that causes it, and
 * is done at least once, by any process, also after the one that wrote it has died.
 * @module
 */
export {
  type ClaimedJob,
  deleteJobOf,
  insertJob,
  insertJobs,
  type JobCounts,
  type ListedJob,
  type NewJob,
  reviveJobs,
  selectJobCounts,
  selectJobs,
} from "./queries.ts";
export { type JobHandler, JobRefused, JobWorker } from "./worker.ts";
