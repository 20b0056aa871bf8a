/**
 * Loaded before the dashboard by a test: a signal becomes an error that nobody catches.
 * @module
 */
process.on("SIGUSR2", () => {
  setTimeout(() => {
    throw new Error("planted");
  }, 0);
});
