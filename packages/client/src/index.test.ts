import { expect, it } from 'vitest';
import { createClient } from './client.js';

it('the public surface of client', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "LatchworkError",
      "createClient",
      "resourceCalls",
    ]
  `);
  const client = createClient({ baseUrl: 'http://portal.test' });
  expect(
    Object.entries(client).flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : Object.keys(value).map((method) => `${name}.${method}`),
    ),
  ).toMatchInlineSnapshot(`
    [
      "organizations.create",
      "organizations.list",
      "organizations.listAll",
      "organizations.get",
      "accountSetups.preview",
      "accountSetups.complete",
      "sessions.create",
      "sessions.deleteCurrent",
      "sessions.listMine",
      "sessions.listMineAll",
      "sessions.end",
      "passwords.change",
      "passwords.requestReset",
      "sso.start",
      "sso.complete",
      "properties.create",
      "properties.list",
      "properties.listAll",
      "properties.get",
      "members.create",
      "members.list",
      "members.listAll",
      "entrances.create",
      "entrances.list",
      "entrances.listAll",
      "entrances.get",
      "devices.create",
      "devices.list",
      "devices.listAll",
      "devices.get",
      "devices.remove",
      "gateways.create",
      "gateways.list",
      "gateways.listAll",
      "gateways.get",
      "gateways.remove",
      "keys.create",
      "keys.list",
      "keys.listAll",
      "keys.listMine",
      "keys.listMineAll",
      "keys.get",
      "keys.revoke",
      "attempts.get",
      "attempts.list",
      "attempts.listAll",
      "attempts.waitFor",
      "events.list",
      "events.listAll",
      "events.follow",
      "apiKeys.create",
      "apiKeys.list",
      "apiKeys.listAll",
      "apiKeys.rotate",
      "apiKeys.revoke",
      "apps.create",
      "apps.list",
      "apps.listAll",
      "apps.get",
      "apps.remove",
      "integratedApps.list",
      "integratedApps.listAll",
      "integratedApps.allow",
      "integratedApps.forbid",
      "users.invite",
      "users.list",
      "users.listAll",
      "users.listColleagues",
      "users.listColleaguesAll",
      "users.get",
      "users.update",
      "users.deactivate",
      "users.reactivate",
      "users.remove",
      "subscription.get",
      "subscription.update",
      "desks.create",
      "desks.list",
      "desks.listAll",
      "desks.remove",
      "reservations.create",
      "reservations.list",
      "reservations.listAll",
      "reservations.get",
      "reservations.update",
      "reservations.cancel",
      "insights.get",
      "appGrants.listMine",
      "appGrants.listMineAll",
      "appGrants.revokeMine",
      "me",
      "unlock",
    ]
  `);
});

it('the public surface of client/webhooks', async () => {
  expect(Object.keys(await import('./webhooks/index.js')).sort()).toEqual(['WebhookError', 'verifyWebhook']);
});

it('the public surface of client/oauth', async () => {
  expect(Object.keys(await import('./oauth/index.js')).sort()).toMatchInlineSnapshot(`
    [
      "OAuthError",
      "createAppSignIn",
      "createPkce",
    ]
  `);
});
