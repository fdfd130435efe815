import manifest from '../../package.json' with { type: 'json' };
import { html } from './html.js';
import type { Page } from './layout.js';

/** The page at the portal's own address: what answers here and where to go on, and nothing about whom it serves. */
export const startPage: Page = {
  status: 200,
  title: 'Latchwork portal',
  main: html`<p>This is the server of a Latchwork access system, version ${manifest.version}. Sign in with the app or dashboard you were given.</p>
<ul>
<li><a href="openapi.json">The API it speaks</a></li>
<li><a href="healthz">Whether it is well</a></li>
</ul>`,
};
