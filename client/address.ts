/**
 * Addresses of the server. By hand, since React Native's URL cannot be changed.
 * @module
 */

const ADDRESS = /^(http|ws)(s?):\/\/([^/?#@\s]+)(\/[^?#\s]*)?$/i;

/**
 * @param url `http(s)://` or `ws(s)://`, with or without a path.
 * @returns The socket's address: `/ws` when there is no path.
 * @throws TypeError when it is no such address, or holds credentials, a query or a fragment.
 */
export function socketAddress(url: string): string {
  const [secure, host, path] = parse(url);
  return `ws${secure}://${host}${path === "" ? "/ws" : path}`;
}

/** @returns The address that REST paths are appended to. */
export function restAddress(url: string): string {
  const [secure, host] = parse(url);
  return `http${secure}://${host}`;
}

function parse(url: string): [secure: string, host: string, path: string] {
  const [, , secure, host, path = ""] = ADDRESS.exec(url) ?? [];
  if (host === undefined)
    throw new TypeError(`Cannot use the address ${JSON.stringify(url)}: write http(s)://host`);
  return [secure!.toLowerCase(), host, path.replace(/\/+$/, "")];
}
