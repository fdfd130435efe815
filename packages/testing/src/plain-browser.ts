/** A form of a page, as a browser without scripts sees it. */
export interface PageForm {
  /** Absolute address it is sent to. */
  readonly action: string;
  readonly method: 'GET' | 'POST';
  /** The fields with what they hold; of radio buttons and checkboxes only the checked ones. */
  readonly fields: Readonly<Record<string, string>>;
  /** Every value that a group of radio buttons offers, by its name. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
}

/** Where the browser is. */
export interface BrowserPage {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly forms: readonly PageForm[];
}

/** A browser without a screen and without scripts: it keeps cookies, follows redirects and fills in forms. */
export interface PlainBrowser {
  /** Goes to an address, and on wherever it is sent. */
  open(url: string): Promise<BrowserPage>;
  /** Sends a form with what is typed in; fields that are not named keep what they hold. */
  submit(form: PageForm, typed?: Readonly<Record<string, string>>): Promise<BrowserPage>;
  /** The cookies it would send to an address, by name. */
  cookies(url: string): Readonly<Record<string, string>>;
}

/** What a browser does when it is sent somewhere. */
export interface PlainBrowserOptions {
  /**
   * Addresses that are not fetched: an app takes them over. The browser stops there with a page of status 0. By default
   * every address that is not http or https.
   */
  readonly stopsAt?: (url: string) => boolean;
  /** How requests are sent; the platform's own by default. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
}

const mostRedirects = 20;

/** Opens a browser with no cookies. */
export function createPlainBrowser(options: PlainBrowserOptions = {}): PlainBrowser {
  const { stopsAt = (url) => !/^https?:/.test(url), fetch: send = fetch } = options;
  let jar: readonly Cookie[] = [];

  const cookiesFor = (url: string): readonly Cookie[] => {
    const { host, pathname } = new URL(url);
    // The longer path first, as browsers do: servers take the first of two of one name (RFC 6265 §5.4).
    return jar
      .filter((cookie) => cookie.host === host && isWithin(pathname, cookie.path))
      .toSorted((one, other) => other.path.length - one.path.length);
  };

  const keep = (url: string, headers: Headers): void => {
    for (const line of headers.getSetCookie()) {
      const { cookie, isOver } = readCookie(line, url);
      const others = jar.filter(
        ({ name, host, path }) => name !== cookie.name || host !== cookie.host || path !== cookie.path,
      );
      jar = isOver ? others : [...others, cookie];
    }
  };

  const go = async (start: string, init: RequestInit): Promise<BrowserPage> => {
    let url = start;
    let request = init;
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      if (stopsAt(url)) return { url, status: 0, headers: new Headers(), text: '', forms: [] };
      const cookie = cookiesFor(url)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ');
      const headers = { ...(request.headers as Record<string, string>), ...(cookie === '' ? {} : { cookie }) };
      const response = await send(new Request(url, { ...request, headers, redirect: 'manual' }));
      keep(url, response.headers);
      const location = response.headers.get('location');
      const text = await response.text();
      if (location === null) {
        return { url, status: response.status, headers: response.headers, text, forms: readForms(text, url) };
      }
      url = new URL(location, url).href;
      request = { headers: {} };
    }
    throw new Error(`More than ${mostRedirects} redirects from ${start}.`);
  };

  return {
    open: async (url) => await go(url, { headers: {} }),
    submit: async (form, typed = {}) => {
      const fields = new URLSearchParams({ ...form.fields, ...typed });
      if (form.method === 'GET') return await go(`${form.action.split('?')[0]}?${fields}`, { headers: {} });
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        origin: new URL(form.action).origin,
      };
      return await go(form.action, { method: 'POST', body: fields.toString(), headers });
    },
    cookies: (url) => Object.fromEntries(cookiesFor(url).map(({ name, value }) => [name, value])),
  };
}

function readCookie(line: string, url: string): { readonly cookie: Cookie; readonly isOver: boolean } {
  const [pair = '', ...attributes] = line.split(/;\s*/);
  const at = pair.indexOf('=');
  const { host, pathname } = new URL(url);
  const attribute = (name: string) =>
    attributes.find((each) => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  const expires = attribute('expires');
  const cookie = {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    host,
    path: attribute('path') ?? (pathname.slice(0, pathname.lastIndexOf('/')) || '/'),
  };
  return {
    cookie,
    isOver: attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now()),
  };
}

/** RFC 6265 §5.1.4. */
function isWithin(pathname: string, path: string): boolean {
  return pathname === path || (pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/'));
}

function readForms(page: string, url: string): readonly PageForm[] {
  return [...page.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, head = '', body = '']) => {
    const fields: Record<string, string> = {};
    const choices: Record<string, string[]> = {};
    for (const [, attributes = ''] of body.matchAll(/<input\b([^>]*)>/g)) {
      const name = attributeOf(attributes, 'name');
      const value = attributeOf(attributes, 'value') ?? '';
      const type = attributeOf(attributes, 'type');
      if (name === undefined) continue;
      if (type === 'radio') choices[name] = [...(choices[name] ?? []), value];
      if ((type === 'radio' || type === 'checkbox') && !/\bchecked\b/.test(attributes)) continue;
      fields[name] = value;
    }
    const method = attributeOf(head, 'method')?.toLowerCase() === 'post' ? 'POST' : 'GET';
    return { action: new URL(attributeOf(head, 'action') ?? url, url).href, method, fields, choices };
  });
}

function attributeOf(attributes: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
  return value?.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).replaceAll('&amp;', '&');
}
