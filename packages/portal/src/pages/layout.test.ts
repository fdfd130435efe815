import { expect, it } from 'vitest';
import { html } from './html.js';
import { renderPage } from './layout.js';

it('whatever stands in a page was escaped, wherever it stands', () => {
  const nasty = `"><script>alert('x')</script>&`;
  const page = renderPage({
    status: 200,
    title: nasty,
    main: html`<p title="${nasty}">${[nasty, html`<b>${nasty}</b>`, null, 7]}</p>`,
  });
  expect(page.body).not.toContain('<script');
  expect(page.body.match(/&#60;script&#62;alert\(&#39;x&#39;\)/g)).toHaveLength(5);
  expect(page.body).toContain('<b>');
  expect(page.body).toContain('7</p>');
});

it('a page lets nothing in but its own style, stands in no frame, and leads only where it says', () => {
  const [first, second] = [1, 2].map(() =>
    renderPage({ status: 401, title: 'T', main: html``, leadsTo: ['https://app.example', 'com.example.app:'] }),
  );
  expect(first?.status).toBe(401);
  const policy = first?.headers['content-security-policy'] ?? '';
  const nonce = /style-src 'nonce-([\w-]{22})'/.exec(policy)?.[1];
  expect(first?.body).toContain(`<style nonce="${nonce}">`);
  expect(second?.body).not.toContain(`nonce="${nonce}"`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("form-action 'self' https://app.example com.example.app:;");
  expect(policy).not.toContain('unsafe');
  expect(first?.headers['cache-control']).toBe('no-store');
});
