import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isRedirectUri } from './inputs/apps.js';
import type { Route } from './route.js';
import { type OperationId, routes } from './routes.js';
import { apiScopes, appScopes, operationScopes } from './scopes.js';

const table = Object.entries<Route>(routes) as [OperationId, Route][];

describe('scopes', () => {
  it.each(table)('%s has a scope exactly if programs may call it', (id, called) => {
    expect(Object.hasOwn(operationScopes, id)).toBe(true);
    expect(operationScopes[id] === null).toBe(called.auth !== 'session-or-api-key');
  });

  it('each scope covers something, and what changes anything is never covered by `read`', () => {
    const used = new Set(Object.values(operationScopes).filter((scope) => scope !== null));
    for (const scope of ['read', 'unlock', 'keys', 'people', 'hardware', 'settings'] as const) {
      expect(used.has(scope), scope).toBe(true);
    }
    for (const [id, { method }] of table) if (operationScopes[id] === 'read') expect(method, id).toBe('GET');
    expect(apiScopes).toEqual(expect.arrayContaining([...appScopes]));
  });

  it('no program makes API keys or apps, or decides which app may act', () => {
    const own = [
      'createApiKey',
      'rotateApiKey',
      'revokeApiKey',
      'createApp',
      'removeApp',
      'allowIntegratedApp',
    ] as const;
    for (const id of own) expect(operationScopes[id], id).toBeNull();
  });
});

it('the page for integrators lists every scope, and which of them apps can ask for', () => {
  const page = readFileSync(new URL('../../../docs/integrator/apps.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` +\|[^|]*\| (✔?)/gm)].map(([, scope, forApps]) => [
    scope,
    forApps === '✔',
  ]);
  const apps: readonly string[] = appScopes;
  expect(rows).toEqual(apiScopes.map((scope) => [scope, apps.includes(scope)]));
});

describe('redirect addresses (RFC 8252 §7)', () => {
  it.each([
    'https://app.example.com/callback',
    'https://app.example.com:8443/cb?tenant=1',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:51234/callback',
    'http://[::1]/callback',
    'http://localhost:3000/',
    'com.example.app:/oauth2redirect',
  ])('takes %s', (uri) => {
    expect(isRedirectUri(uri)).toBe(true);
  });

  it.each([
    'http://app.example.com/callback',
    'http://127.0.0.1.example.com/callback',
    'https://app.example.com/callback#part',
    'https://*.example.com/callback',
    'https://user@app.example.com/callback',
    'https://user:secret@app.example.com/callback',
    'https://localhost/callback',
    'https:app.example.com/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'myapp:/callback',
    'com.example.app://host/callback',
    'com.example.app:callback',
    'urn:ietf:wg:oauth:2.0:oob',
    'https://app.example.com/call back',
    'https://app.example.com\\@evil.example/',
    'https://äpp.example/callback',
    '/callback',
    '',
  ])('refuses %s', (uri) => {
    expect(isRedirectUri(uri)).toBe(false);
  });
});
