/**
 * Plants what should never happen in a server process: on SIGUSR2 an exception, on SIGHUP a rejection, that nobody
 * catches.
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
