/**
 * A page in a headless Chromium that a test drives as a person would: by what is written on it, with mouse and keys. It
 * speaks the browser's own DevTools protocol.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumArguments, chromiumPath } from "./chromium.ts";
import { eventually } from "./eventually.ts";

/** A screen. */
export interface Screen {
  readonly width: number;
  readonly height: number;
}

export const DESKTOP: Screen = { width: 1280, height: 860 };
export const PHONE: Screen = { width: 390, height: 844 };

interface Browser {
  readonly worker: () => Promise<WebSocket>;
  readonly end: () => Promise<void>;
}

/** See {@link openBrowserPage}. */
export class BrowserPage implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #browser: Browser;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  #lastId = 0;
  /** What the page has complained about: errors, and what its policy forbade. */
  readonly complaints: string[] = [];
  /** The last event of each kind, by method; what follows `Domain.enable`. */
  // biome-ignore lint/suspicious/noExplicitAny: events of any shape
  readonly events = new Map<string, any>();

  constructor(socket: WebSocket, browser: Browser) {
    this.#socket = socket;
    this.#browser = browser;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)));
  }

  // biome-ignore lint/suspicious/noExplicitAny: events of any shape
  #receive(message: { id?: number; method?: string; params?: Record<string, any> }): void {
    if (message.id !== undefined) this.#waiting.get(message.id)?.(message as never);
    this.#waiting.delete(message.id ?? 0);
    const { method, params = {} } = message;
    if (method) this.events.set(method, params);
    if (method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(params.exceptionDetails));
    if (method === "Log.entryAdded" && params.entry.level === "error")
      this.complaints.push(`${params.entry.text} ${params.entry.url ?? ""}`);
  }

  /** One command of the DevTools protocol. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  async command(method: string, params: object = {}): Promise<any> {
    const id = ++this.#lastId;
    const answered = new Promise<{ result?: unknown; error?: { message: string } }>((resolve) =>
      this.#waiting.set(id, resolve),
    );
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answered;
    if (error) throw new Error(`Cannot do ${method}: ${error.message}`);
    return result;
  }

  async show(screen: Screen): Promise<void> {
    const mobile = screen.width < 600;
    await this.command("Emulation.setDeviceMetricsOverride", { ...screen, deviceScaleFactor: 1, mobile });
  }

  async go(url: string): Promise<void> {
    await this.command("Page.navigate", { url });
    await this.until("document.readyState === 'complete'");
  }

  /** @returns The value of an expression in the page. */
  // biome-ignore lint/suspicious/noExplicitAny: values of any shape
  async evaluate(expression: string): Promise<any> {
    const { result, exceptionDetails } = await this.command("Runtime.evaluate", {
      expression: `(() => { ${FINDING}; return (${expression}); })()`,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Waits until an expression, or what it promises, is true in the page. */
  async until(expression: string): Promise<void> {
    const asking = () => this.evaluate(`Promise.resolve(${expression}).then(Boolean)`).catch(() => false);
    await eventually(asking, { what: expression }).catch(async ({ message }) => {
      throw new Error(`${message}; the page shows: ${await this.text()}`);
    });
  }

  /** Waits until a visible text is there, inside the first element that fits. */
  async sees(text: string, inside = "body"): Promise<void> {
    await this.until(
      `shown(${JSON.stringify(inside)}).some((one) => one.innerText.includes(${JSON.stringify(text)}))`,
    );
  }

  /**
   * Clicks in the middle of the visible element with that accessible name; again when the page has replaced the element
   * between press and release, because then neither of the two receives a click.
   */
  async click(name: string, inside = "body"): Promise<void> {
    const find = `named(${JSON.stringify(name)}, ${JSON.stringify(inside)})`;
    const hit = async () => {
      const place = await this.evaluate(`aim(() => ${find})`);
      if (place === null) return false;
      const at = { ...place, button: "left", clickCount: 1 };
      await this.command("Input.dispatchMouseEvent", { ...at, type: "mousePressed" });
      await this.command("Input.dispatchMouseEvent", { ...at, type: "mouseReleased" });
      // Undefined on a page to which the click has led.
      return await this.evaluate("globalThis.isAwaitingClick !== true");
    };
    await this.until(find);
    await eventually(hit, { what: `a click on ${name}` });
  }

  /** Writes where the focus is. */
  async write(text: string): Promise<void> {
    await this.command("Input.insertText", { text });
  }

  /** Presses one key: Enter, Escape, Tab, or Space. */
  async press(key: "Enter" | "Escape" | "Tab" | "Space", { shift = false } = {}): Promise<void> {
    const codes = { Enter: 13, Escape: 27, Tab: 9, Space: 32 };
    const text = { Enter: "\r", Space: " ", Escape: undefined, Tab: undefined }[key];
    const windowsVirtualKeyCode = codes[key];
    const params = {
      key: key === "Space" ? " " : key,
      code: key,
      windowsVirtualKeyCode,
      modifiers: shift ? 8 : 0,
    };
    await this.command("Input.dispatchKeyEvent", { ...params, type: "keyDown", ...(text && { text }) });
    await this.command("Input.dispatchKeyEvent", { ...params, type: "keyUp" });
  }

  /** @returns What a person can read. */
  async text(): Promise<string> {
    const { result } = await this.command("Runtime.evaluate", {
      expression: "document.body?.innerText ?? ''",
      returnByValue: true,
    });
    return result.value;
  }

  /** @returns The page's service worker, in which expressions can be evaluated; it lives as long as the page. */
  async worker(): Promise<BrowserPage> {
    const end = async () => {};
    return new BrowserPage(await this.#browser.worker(), { ...this.#browser, end });
  }

  async screenshot(path: string): Promise<void> {
    const { data } = await this.command("Page.captureScreenshot", { format: "png" });
    await Bun.write(path, Buffer.from(data, "base64"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#browser.end();
  }
}

/** @returns A DevTools connection to the first target of that type, once there is one. */
async function connect(port: string, type: "page" | "service_worker"): Promise<WebSocket> {
  const target = await eventually(async () => {
    const list = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
      type: string;
      webSocketDebuggerUrl: string;
    }[];
    return list.find((one) => one.type === type);
  });
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}

/** Finds visible elements, by selector or by the name that a screen reader says. */
const FINDING = `
const visible = (one) => one.checkVisibility?.() !== false && one.getClientRects().length > 0;
const shown = (selector) => [...document.querySelectorAll(selector)].filter(visible);
const nameOf = (one) => {
  const copy = one.cloneNode(true);
  for (const unsaid of copy.querySelectorAll("[aria-hidden]")) unsaid.remove();
  return (one.getAttribute("aria-label") ?? one.labels?.[0]?.innerText ?? copy.textContent).replace(/\\s+/g, " ").trim();
};
const named = (name, inside) => shown(inside).flatMap((one) => [...one.querySelectorAll("button, a, input, textarea, select, summary, [tabindex]")])
  .find((one) => visible(one) && nameOf(one).startsWith(name));
const aim = (find) => {
  const one = find();
  if (!one) return null;
  one.scrollIntoView({ block: "nearest" });
  globalThis.isAwaitingClick = true;
  // Looked up again: an element of that name that has replaced it before the press counts as well.
  addEventListener("click", ({ target }) => { if (find()?.contains(target)) globalThis.isAwaitingClick = false; }, { capture: true, once: true });
  const { left, top, width, height } = one.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}`;

/** Opens a browser with one page; disposing ends it. Ask `hasChromium` first. */
export async function openBrowserPage(screen: Screen = DESKTOP): Promise<BrowserPage> {
  const profile = mkdtempSync(join(tmpdir(), "vibes-page-"));
  const child = Bun.spawn([chromiumPath, ...chromiumArguments(profile), "about:blank"], {
    stdout: "ignore",
    stderr: "ignore",
  });
  const port = await eventually(
    async () =>
      (
        await Bun.file(join(profile, "DevToolsActivePort"))
          .text()
          .catch(() => "")
      ).split("\n")[0],
    { what: "the browser" },
  );
  const page = new BrowserPage(await connect(port, "page"), {
    worker: () => connect(port, "service_worker"),
    end: async () => {
      child.kill();
      await child.exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  });
  for (const area of ["Page", "Runtime", "Log"]) await page.command(`${area}.enable`);
  await page.show(screen);
  return page;
}
