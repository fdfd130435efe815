import { describe, expect, it } from 'vitest';
import { against, infoOf, problem } from './scripted-portal.test-rig.js';

const entranceId = 'ent_01jd0000000000000000000000';
const entrance = {
  id: entranceId,
  propertyId: 'prop_01jd0000000000000000000000',
  name: 'Room 101',
  createdAt: '2026-03-01T08:30:00.000Z',
};
const ok = () => Response.json(entrance);

describe('the bearer token', () => {
  it('is asked for before each try, so that a repeat takes the fresh one', async () => {
    let asked = 0;
    const { client, requests } = against([() => problem('unavailable', {}), ok], {
      token: async () => {
        asked += 1;
        return `lws_${asked}`;
      },
    });
    await client.entrances.get({ entranceId });
    expect(requests.map((request) => request.headers.get('authorization'))).toStrictEqual([
      'Bearer lws_1',
      'Bearer lws_2',
    ]);
  });

  it('that cannot be had fails the call with its own error, and nothing is sent', async () => {
    const cause = new Error('keychain locked');
    const { client, requests } = against([ok], { token: () => Promise.reject(cause) });
    await expect(client.me()).rejects.toBe(cause);
    expect(requests).toHaveLength(0);
  });

  it('that the portal refuses is asked for anew, once, also for a call that is never repeated otherwise', async () => {
    const asked: (string | undefined)[] = [];
    const token = async ({ rejected }: { readonly rejected: string | undefined }) => {
      asked.push(rejected);
      return rejected === undefined ? 'lws_old' : 'lws_new';
    };
    const { client, requests } = against([() => problem('unauthenticated', {}), ok], { token, retry: { limit: 0 } });
    await client.entrances.get({ entranceId });
    expect(asked).toStrictEqual([undefined, 'lws_old']);
    const bearers = requests.map((request) => request.headers.get('authorization'));
    expect(bearers).toStrictEqual(['Bearer lws_old', 'Bearer lws_new']);
    const hopeless = against([() => problem('unauthenticated', {})], { token, retry: { limit: 3 } });
    expect((await infoOf(hopeless.client.me())).code).toBe('unauthenticated');
    expect(hopeless.requests).toHaveLength(2);
    const signOut = against([() => problem('unauthenticated', {}), () => new Response(null, { status: 204 })], {
      token,
    });
    await signOut.client.sessions.deleteCurrent();
    expect(signOut.requests).toHaveLength(2);
  });

  it('that stays the same after a refusal is not sent again; a source that then fails tells why', async () => {
    const { client, requests } = against([() => problem('unauthenticated', {})], { token: () => 'lws_1' });
    expect((await infoOf(client.me())).code).toBe('unauthenticated');
    expect(requests).toHaveLength(1);
    const cause = new Error('signed out elsewhere');
    const failing = against([() => problem('unauthenticated', {})], {
      token: ({ rejected }) => {
        if (rejected !== undefined) throw cause;
        return 'lws_1';
      },
    });
    await expect(failing.client.me()).rejects.toBe(cause);
  });

  it('renewed does not use up a repeat, and a later repeat asks for the current one again', async () => {
    let asked = 0;
    const { client, requests } = against(
      [() => problem('unauthenticated', {}), () => problem('unavailable', {}), () => problem('unavailable', {}), ok],
      {
        retry: { limit: 2, baseDelayMs: 1 },
        token: () => {
          asked += 1;
          return `lws_${asked}`;
        },
      },
    );
    await client.entrances.get({ entranceId });
    const bearers = requests.map((request) => request.headers.get('authorization'));
    expect(bearers).toStrictEqual(['Bearer lws_1', 'Bearer lws_2', 'Bearer lws_3', 'Bearer lws_4']);
  });

  it('is not needed to sign in', async () => {
    const { client, requests } = against([() => problem('sign-in-failed', {})], { token: undefined });
    await infoOf(client.sessions.create({ email: 'a@b.co', password: 'x', channel: 'dashboard' }));
    expect(requests[0]?.headers.has('authorization')).toBe(false);
  });
});
