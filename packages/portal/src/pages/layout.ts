import { randomBytes } from 'node:crypto';
import { type Html, html } from './html.js';

/** A page that a person opens: what is on it, and where its forms lead beside the portal itself. */
export interface Page {
  readonly status: number;
  readonly title: string;
  readonly main: Html;
  /** Origins, or schemes with a colon, to which a form of this page may be led on; browsers hold redirects to them too. */
  readonly leadsTo?: readonly string[];
  /** Further headers, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page as it travels. */
export interface RenderedPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Renders a page: readable on a phone, usable by keyboard and screen reader, without a script, a request to anywhere else
 * or a place in another page's frame. Its one style is let in by a nonce.
 */
export function renderPage({ status, title, main, leadsTo = [], headers = {} }: Page): RenderedPage {
  const nonce = randomBytes(16).toString('base64url');
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `form-action ${["'self'", ...leadsTo].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${main}
</main>
</body>
</html>
`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      // Forms of this page say where they come from; nobody else learns the address.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: document.text,
  };
}

const style: Html = html`
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 26rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
label, legend { display: block; font-weight: 600; }
fieldset { border: 1px solid; border-radius: 0.375rem; margin: 0 0 1rem; padding: 0.5rem 1rem; }
fieldset label { font-weight: 400; padding: 0.5rem 0; }
input[type="email"], input[type="password"], input[type="text"] { box-sizing: border-box; width: 100%; min-height: 2.75rem; font: inherit; margin: 0.25rem 0 1rem; padding: 0.25rem 0.5rem; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; width: 100%; margin: 0 0 0.75rem; cursor: pointer; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
.error { border-left: 0.25rem solid; padding: 0.25rem 0.75rem; font-weight: 600; }
`;
