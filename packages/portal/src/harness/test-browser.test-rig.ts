import type { TestPortal } from './test-portal.test-rig.js';

/** Where a browser ended up. */
export interface BrowserPlace {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** As much of a browser as single sign-on needs: cookies per host, and redirects followed. */
export interface TestBrowser {
  /**
   * Goes where a link leads, until there is a page; another site than portal and providers is a page of its own.
   *
   * @param stop.stopAt where the browser is stopped before it goes there.
   */
  open(url: string, stop?: { readonly stopAt: string }): Promise<BrowserPlace>;
  /** Asks the portal as its own page does. */
  post(path: string, body: unknown): Promise<Response>;
  /** The cookies of a host, by name. */
  cookies(host: string): Map<string, string>;
  /** Every `Set-Cookie` that the portal sent. */
  readonly setCookies: readonly string[];
  /** The addresses gone through, in order. */
  readonly trail: readonly string[];
}

/** The origin at which test portals are reached. */
export const portalOrigin = 'http://portal.test';

/** Opens a browser. Requests to the portal go to its `fetch`, those to loopback over the network. */
export function openTestBrowser(test: TestPortal): TestBrowser {
  const jars = new Map<string, Map<string, string>>();
  const setCookies: string[] = [];
  const trail: string[] = [];

  const jarOf = (host: string): Map<string, string> => {
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  const send = async (url: URL, init: RequestInit = {}): Promise<Response> => {
    const jar = jarOf(url.host);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    if (cookie !== '') headers.set('cookie', cookie);
    const request = new Request(url, { ...init, headers, redirect: 'manual' });
    const response = url.origin === portalOrigin ? await test.portal.fetch(request) : await fetch(request);
    for (const line of response.headers.getSetCookie()) {
      if (url.origin === portalOrigin) setCookies.push(line);
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };

  return {
    setCookies,
    trail,
    cookies: jarOf,
    post: async (path, body) =>
      await send(new URL(path, portalOrigin), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    open: async (first, stop) => {
      let url = new URL(first);
      for (let hop = 0; hop < 20; hop += 1) {
        trail.push(url.href);
        const isStopped = stop !== undefined && url.href.startsWith(stop.stopAt);
        if (isStopped || (url.origin !== portalOrigin && url.hostname !== '127.0.0.1')) {
          return { url, status: 0, text: '', headers: new Headers() };
        }
        const response = await send(url);
        const location = response.headers.get('location');
        if (location === null)
          return { url, status: response.status, text: await response.text(), headers: response.headers };
        await response.body?.cancel();
        url = new URL(location, url);
      }
      throw new Error('The browser was led around in a circle.');
    },
  };
}
