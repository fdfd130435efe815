import { afterEach, expect, it, vi } from 'vitest';
import { startTestPortal } from './harness/test-portal.test-rig.js';

afterEach(() => vi.useRealTimers());

it('a portal that is stopped does not wait for a mail server that hangs', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { portal, mails, client, [Symbol.asyncDispose]: stop } = await startTestPortal();
  let tried = 0;
  mails.instead = async (_, { signal }) => {
    tried += 1;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return { kind: 'not-handed-over', fault: 'stopped' };
  };
  const owner = { name: 'Olga', email: 'olga@aurora.example' };
  await client(portal.operatorKey.reveal()).organizations.create({ name: 'Aurora', owner });
  await expect.poll(() => tried).toBe(1);
  // The next look finds the first still under way, and waits for it.
  vi.advanceTimersByTime(1000);
  await stop();
  expect(tried).toBe(1);
});
