/**
 * Raises errors in a server process on demand: SIGUSR2 an uncaught exception, SIGHUP an unhandled rejection.
 * @module
 */
process.on("SIGUSR2", () => {
  setTimeout(() => {
    throw new Error("planted, thrown");
  });
});
process.on("SIGHUP", () => {
  void Promise.reject(new Error("planted, rejected"));
});
