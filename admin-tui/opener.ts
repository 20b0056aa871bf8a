/**
 * Opens links in the browser of the machine, with what the platform has for it.
 * @module
 */

/** Opens an http or https link. @returns Whether it did; false over SSH and where nothing can. */
export type OpenLink = (link: string) => Promise<boolean>;

/** See {@link createOpener}. */
export interface Machine {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @returns The path of a program, or null. */
  readonly which: (name: string) => string | null;
  /** Starts a program. @returns Its exit code, or 0 while it still runs. */
  readonly run: (command: string[], env: Record<string, string | undefined>) => Promise<number>;
}

/** An opener that has not failed by then has opened the link, or has become the browser, ms. */
const SOON_MS = 1_500;

/** @returns What opens links on this machine. */
export function createOpener({ platform, env, which, run }: Machine): OpenLink {
  return async (link) => {
    const url = webUrl(link);
    // Over SSH the browser would open where nobody sits.
    if (url === null || env.SSH_CONNECTION || env.SSH_TTY) return false;
    const isMac = platform === "darwin";
    if (!isMac && !env.DISPLAY && !env.WAYLAND_DISPLAY) return false;
    const program = which(isMac ? "open" : "xdg-open");
    if (program === null) return false;
    // The browser has no use for the moderator's token.
    const { VIBES_ADMIN_TOKEN: _, ...rest } = env;
    return (await run([program, url], rest).catch(() => 1)) === 0;
  };
}

/** @returns The link as a browser takes it; null for anything but http and https. */
export function webUrl(link: string): string | null {
  const url = URL.parse(link);
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}

/** The programs of this machine. */
export const programs: Omit<Machine, "env"> = {
  platform: process.platform,
  which: (name) => Bun.which(name),
  async run(command, env) {
    const child = Bun.spawn(command, { env, stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    child.unref();
    return await Promise.race([child.exited, Bun.sleep(SOON_MS).then(() => 0)]);
  },
};
