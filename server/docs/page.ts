/**
 * The frame of the readable pages, and the few forms in them. Pages are one file of HTML without scripts, whose policy
 * lets them load nothing but their icon.
 * @module
 */

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1c1c1e;background:#fff}
code,pre{font:14px/1.45 ui-monospace,monospace}.next{list-style:none;padding:0}pre{background:#f4f4f6;padding:.75rem;overflow-x:auto;border-radius:6px}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}th,td{text-align:left;vertical-align:top;
padding:.3rem .6rem;border-bottom:1px solid #ddd}.wide{overflow-x:auto}h3{margin:2rem 0 .25rem}a{color:#0b57d0}
.tag{font-size:12px;border:1px solid #999;border-radius:9px;padding:0 .5em;margin-left:.5em;vertical-align:middle}
@media(prefers-color-scheme:dark){body{color:#e6e6e9;background:#151517}pre{background:#232327}
th,td{border-color:#3a3a3f}a{color:#8ab4f8}}`;

interface Page {
  readonly title: string;
  /** HTML. */
  readonly body: string;
  /** Of the answer; type and policy are written there. */
  readonly headers: Record<string, unknown>;
}

/** @returns The whole page. */
export function pageOf({ title, body, headers }: Page): string {
  headers["content-type"] = "text/html; charset=utf-8";
  headers["content-security-policy"] = POLICY;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${new Bun.CryptoHasher("sha256").update(STYLE).digest("base64")}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Cells are HTML. It scrolls by itself where the screen is narrow. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return `<div class="wide"><table>\n${row(headings, "th")}\n${rows.map((cells) => row(cells, "td")).join("\n")}\n</table></div>`;
}

/** A text as code. */
export function mono(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

/** Words of the catalogues, whose code stands in backquotes. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

/** Any text as HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
