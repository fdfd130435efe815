import { afterEach, describe, expect, it } from 'vitest';
import { buildSampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
afterEach(async () => {
  await test[Symbol.asyncDispose]();
});

const home = '203.0.113.1';
const away = '192.0.2.77';

/** A portal behind a proxy on loopback, which says from where each request comes. */
async function startBehindProxy() {
  const signIn = { trustedProxies: ['127.0.0.1'], returnUrls: [], providers: {} };
  test = await startTestPortal({ config: { signIn } });
  const send = async (from: string, path: string, body: unknown) => {
    const response = await fetch(`${test.portal.httpUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body: JSON.stringify(body),
    });
    const retryAfter = Number(response.headers.get('retry-after') ?? 0);
    return { status: response.status, retryAfter, reply: await response.text() };
  };
  const signInFrom = async (from: string, email: string, password = samplePassword) =>
    await send(from, '/v1/sessions', { email, password, channel: 'portal_app' });
  return { hotel: await buildSampleHotel(test), send, signInFrom };
}

const attacker = (guess: number) => `198.51.${guess >> 8}.${guess & 255}`;

describe('guessing the password of the last Organization Owner', () => {
  it('from many addresses never stops the owner from signing in where the owner was before', async () => {
    const { hotel, signInFrom } = await startBehindProxy();
    const { email } = hotel.people.organization_owner;
    expect((await signInFrom(home, email)).status).toBe(201);
    const statuses = [];
    for (let guess = 0; guess < 40; guess++) {
      statuses.push((await signInFrom(attacker(guess), email, `guess ${guess}`)).status);
      if (guess % 10 === 9) expect((await signInFrom(home, email)).status).toBe(201);
    }
    // Ten are heard; from then on the attack waits, wherever it comes from.
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual(Array(30).fill(429));
  });

  it('stays bounded per hour', async () => {
    const { hotel, signInFrom } = await startBehindProxy();
    const { email } = hotel.people.organization_owner;
    let heard = 0;
    for (let guess = 0; guess < 240; guess++) {
      if ((await signInFrom(attacker(guess), email, 'guess')).status === 401) heard += 1;
      test.clock.advance(15_000);
    }
    expect(heard).toBeGreaterThan(50);
    expect(heard).toBeLessThanOrEqual(10 + 60);
  });

  it('leaves an owner who is elsewhere the way over the mailbox, which makes the place known', async () => {
    const { hotel, send, signInFrom } = await startBehindProxy();
    const { email } = hotel.people.organization_owner;
    const attack = async () => {
      for (let guess = 0; guess < 12; guess++) await signInFrom(attacker(guess), email, 'guess');
    };
    await attack();
    const first = await signInFrom(away, email);
    expect(first.status).toBe(429);
    expect(first.retryAfter).toBeGreaterThan(0);
    expect((await send(away, '/v1/password-resets', { email })).status).toBe(202);
    // The answer does not wait for the mail; whatever is written next does.
    await test.portal.maintain();
    const { token } = await test.mails.lastTo(email);
    const password = 'four quite new words';
    expect((await send(away, '/v1/account-setups', { token, password })).status).toBe(200);
    await attack();
    expect((await signInFrom(away, email, password)).status).toBe(201);
  });

  it('tells nothing of whether there is such an account', async () => {
    const { hotel, signInFrom } = await startBehindProxy();
    const { email } = hotel.people.organization_owner;
    const answers = async (address: string, ofWhom: string) => {
      const seen = [];
      for (let guess = 0; guess < 12; guess++) {
        const { status, reply } = await signInFrom(`${address}.${guess}`, ofWhom, 'guess');
        seen.push({ status, reply });
      }
      return seen;
    };
    expect(await answers('198.51.100', email)).toEqual(await answers('198.51.101', 'nobody@nowhere.example'));
  });

  it('is not made easier by what a client says of its own address', async () => {
    const signIn = { trustedProxies: [], returnUrls: [], providers: {} };
    test = await startTestPortal({ config: { signIn } });
    const hotel = await buildSampleHotel(test);
    const { email } = hotel.people.team;
    const statuses = [];
    for (let guess = 0; guess < 6; guess++) {
      const response = await fetch(`${test.portal.httpUrl}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': attacker(guess) },
        body: JSON.stringify({ email, password: 'guess', channel: 'portal_app' }),
      });
      statuses.push(response.status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });
});
