import { randomBytes } from 'node:crypto';
import { type Html, html } from './html.js';
import { assetHtml } from './page-assets.js';

/** A page that a person opens: what is on it, and where its forms lead beside the portal itself. */
export interface Page {
  readonly status: number;
  readonly title: string;
  readonly main: Html;
  /** The one script of the page, which has to say what to do without it. */
  readonly script?: PageScript;
  /** Origins, or schemes with a colon, to which a form of this page may be led on; browsers hold redirects to them too. */
  readonly leadsTo?: readonly string[];
  /** Further headers, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The scripts of pages, by their files' names. */
export type PageScript = 'setup.js' | 'password-reset.js';

/** A page as it travels. */
export interface RenderedPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Renders a page: readable on a phone, usable by keyboard and screen reader, without a request to anywhere else or a place
 * in another page's frame. Its style, and its script if it has one, are let in by a nonce.
 */
export function renderPage({ status, title, main, script, leadsTo = [], headers = {} }: Page): RenderedPage {
  const nonce = randomBytes(16).toString('base64url');
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...(script === undefined ? [] : [`script-src 'nonce-${nonce}'`, "connect-src 'self'"]),
    `form-action ${["'self'", ...leadsTo].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style nonce="${nonce}">${assetHtml('page.css')}</style>
</head>
<body>
<main>
<h1 id="title" tabindex="-1">${title}</h1>
${main}
</main>
${script === undefined ? null : html`<script nonce="${nonce}">${assetHtml(script)}</script>`}
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
