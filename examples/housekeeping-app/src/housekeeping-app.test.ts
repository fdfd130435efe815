import { createPlainBrowser, type PlainBrowser } from '@latchwork/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SignedInApp, signIn } from './housekeeping-app.js';
import { startTestWorld, type TestWorld } from './test-world.js';

let world: TestWorld;
let clientId: string;

beforeAll(async () => {
  world = await startTestWorld();
  // Once, by the hotel: the app is registered. It may nothing anywhere yet.
  const { app } = await world.owner.apps.create({
    organizationId: world.organizationId,
    name: 'Housekeeping',
    kind: 'public',
    redirectUris: ['http://127.0.0.1/signed-in'],
    scopes: ['read', 'unlock'],
  });
  clientId = app.id;
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Signs the housekeeper in as she would: in a browser, on the portal's own pages. */
async function signInHousekeeper(browser: PlainBrowser = createPlainBrowser()): Promise<SignedInApp> {
  const { email, password } = world.housekeeper;
  return await signIn({ portalUrl: world.portalUrl, clientId }, (url) => {
    void (async () => {
      const signInPage = await browser.open(url);
      const consent = await browser.submit(formOf(signInPage, 'sign-in'), { email, password });
      const last = await browser.submit(formOf(consent, consent.status === 200 ? 'consent' : 'cancel'), {});
      expect(last.text).toContain('You can close this window');
    })();
  });
}

function formOf(page: Awaited<ReturnType<PlainBrowser['open']>>, step: string) {
  const form = page.forms.find(({ action }) => action.endsWith(`/${step}`));
  if (form === undefined) throw new Error(`There is no form to ${step} at ${page.url}.`);
  return form;
}

it('C5, C7, G33: an app signs a housekeeper in and opens her door once the property allows it, and not after it is removed', async () => {
  const allowed = { propertyId: world.propertyId, appId: clientId };
  await expect(signInHousekeeper()).rejects.toMatchObject({ info: { code: 'refused', error: 'access_denied' } });
  expect(world.lock.boltMoves).toBe(0);

  await world.owner.integratedApps.allow(allowed);
  const app = await signInHousekeeper();
  expect(app.name).toBe('hanna');
  const doors = await app.doors();
  expect(doors).toEqual([{ id: world.entranceId, name: 'Room 7' }]);

  const result = await app.open(world.entranceId);
  expect(result).toMatchObject({ opened: true });
  expect(world.lock.boltMoves).toBeGreaterThan(0);
  const attemptId = 'attemptId' in result ? result.attemptId : '';
  const { data } = await world.owner.events.list({ propertyId: world.propertyId, limit: 200 });
  const confirmed = data.find((event) => event.type === 'attempt.confirmed' && event.attemptId === attemptId);
  expect(confirmed).toMatchObject({
    actor: { kind: 'app', appId: clientId, memberId: world.housekeeper.id },
    keyId: world.keyId,
    entranceId: world.entranceId,
  });

  const moves = world.lock.boltMoves;
  await world.owner.integratedApps.forbid(allowed);
  expect(await app.open(world.entranceId)).toMatchObject({ opened: false, because: 'channel-not-allowed' });
  await world.owner.integratedApps.allow(allowed);
  await world.owner.apps.remove({ appId: clientId });
  await expect(app.open(world.entranceId)).rejects.toMatchObject({ info: { code: 'refused' } });
  expect(world.lock.boltMoves).toBe(moves);
});
