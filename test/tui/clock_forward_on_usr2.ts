/**
 * Loaded before the dashboard by a test: a signal moves its clock five minutes on.
 * @module
 */
const MINUTES = 5;
const RealDate = Date;
const { now } = RealDate;
let ahead = 0;

process.on("SIGUSR2", () => {
  ahead += MINUTES * 60_000;
});

RealDate.now = () => now() + ahead;
