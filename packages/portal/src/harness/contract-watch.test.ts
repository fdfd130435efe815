import { routes } from '@latchwork/contract';
import { afterEach, expect, it } from 'vitest';
import { buildSampleHotel } from './sample-hotel.test-rig.js';
import { startTestPortal } from './test-portal.test-rig.js';

const original = { ...routes.endSession };
const change = (part: Partial<Record<'problems' | 'statuses' | 'reply', unknown>>) =>
  Object.assign(routes.endSession, part);
afterEach(() => {
  change(original);
});

/** A test that asks for two sessions to end, one that there is not, and looks at neither answer. */
async function carelessTest(): Promise<void> {
  await using test = await startTestPortal();
  const { client } = (await buildSampleHotel(test)).people.team;
  const { data } = await client.sessions.listMine();
  const ids = ['ses_00000000000000000000000000', data[0]?.id ?? ''];
  await Promise.allSettled(ids.map((sessionId) => client.sessions.end({ sessionId })));
}

it('lets pass what the contract lists', async () => {
  await expect(carelessTest()).resolves.toBeUndefined();
});

it('names a problem that its route does not list, with the test that brought it', async () => {
  change({ problems: [] });
  await expect(carelessTest()).rejects.toThrow(
    /^The portal .*\nendSession answers the problem not-found, which its route does not list\. Seen in: names a problem/,
  );
});

it('names a status that its route does not list', async () => {
  change({ statuses: [200] });
  await expect(carelessTest()).rejects.toThrow(/\nendSession answers the status 204, which/);
});

it('names where a reply does not fit its schema', async () => {
  change({ reply: routes.getMe.reply });
  await expect(carelessTest()).rejects.toThrow(
    /\nendSession answers a reply that does not fit its schema, at the whole/,
  );
});
