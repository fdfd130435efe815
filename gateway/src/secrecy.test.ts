import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { codeEntry, createDesiredLock, startDesiredPortal } from './desired-lock.test-rig.js';
import { address, crypto, startRig } from './gateway.test-rig.js';
import { createLog } from './log.js';

test('no log line, metric, health answer, status or journal holds a token, a certificate, a challenge or a secret', async () => {
  await using rig = await startRig();
  const lock = rig.central.addLock(rig.property.trust);
  const secrets = new Set<string>([rig.config.gatewaySecret.reveal()]);
  const key = (await readFile(join(rig.config.dataDir, 'gateway-x25519.secret'), 'utf8')).trim();
  secrets.add(key);
  rig.broker.tamper = ({ topic, payload }) => {
    if (topic.endsWith('/cmd')) {
      const message = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
      for (const field of ['token', 'certificate', 'challenge']) {
        const value = message[field];
        if (typeof value === 'string') {
          secrets.add(value);
        }
      }
    }
    return { action: 'deliver' };
  };

  const good = rig.command(lock);
  await rig.portal.send(good);
  await rig.portal.result(good.commandId);
  rig.portal.answer = 'revoked';
  const refused = rig.command(lock);
  await rig.portal.send(refused);
  await rig.portal.result(refused.commandId);
  // Messages that nobody awaits, and broken ones that carry a secret in the wrong place.
  for (const challenge of rig.portal.challenges) {
    rig.portal.sendToken(challenge);
  }
  const [token] = [...secrets].filter((value) => value.length > 100);
  const topic = rig.broker.recorded.find((one) => one.topic.endsWith('/cmd'))?.topic ?? '';
  await rig.broker.publish({ topic, payload: Buffer.from(JSON.stringify({ v: 1, type: 'token', token, bad: 1 })) });
  await vi.waitFor(() => expect(rig.log.join('')).toContain('malformed'), { timeout: 30_000 });

  const health = await Promise.all(
    ['/metrics', '/readyz', '/healthz'].map(async (path) =>
      (await fetch(`http://127.0.0.1:${rig.gateway.httpPort}${path}`)).text(),
    ),
  );
  await rig.stopGateway();
  const journal = await readFile(join(rig.config.dataDir, 'journal.log'), 'utf8');
  const said = [
    ...rig.log,
    ...health,
    journal,
    inspect(rig.gateway, { depth: 9 }),
    inspect(rig.config, { depth: 9 }),
    JSON.stringify(rig.portal.statuses),
    ...(await readdir(rig.config.dataDir)),
  ].join('\n');

  expect(secrets.size).toBeGreaterThanOrEqual(6);
  expect(rig.log.length).toBeGreaterThan(5);
  expect([...secrets].filter((value) => said.includes(value))).toEqual([]);
});

test('P-30: no log line or metric of an errand holds a code, a token, a challenge, a receipt or a box', async () => {
  await using rig = await startRig();
  const { property, clock, broker } = rig;
  await using portal = await startDesiredPortal({ url: broker.url, address, crypto, property });
  const lock = rig.central.addLock(property.trust);
  const desired = createDesiredLock({ crypto, property, lock, now: () => clock.now() });
  const digits = '8642097531';
  desired.publish([codeEntry(crypto, 1, digits), codeEntry(crypto, 2, '4711')]);
  await portal.desire(desired.revoke([2]));
  const report = await portal.proof(desired);
  portal.answer = 'refusal';
  await portal.desire({ ...desired.publish([codeEntry(crypto, 1, digits)]), proven: null });
  await portal.proof(desired);

  const secrets = new Set<string>([digits, ...report.receipts]);
  const gather = (value: unknown): void => {
    if (typeof value === 'string' && value.length >= 16) secrets.add(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(gather);
  };
  gather({ bulletin: desired.message.bulletin, set: desired.message.set });
  gather(portal.timesAsked.map(({ challenge }) => challenge));
  for (const { topic, payload } of broker.recorded) {
    if (topic.endsWith('/cmd')) {
      const { token, certificate } = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
      gather([token, certificate]);
    }
  }
  const metrics = await (await fetch(`http://127.0.0.1:${rig.gateway.httpPort}/metrics`)).text();
  const said = [...rig.log, metrics, inspect(rig.gateway, { depth: 9 })].join('\n');
  expect(said).toContain('errand ended');
  expect(secrets.size).toBeGreaterThan(20);
  expect([...secrets].filter((value) => said.includes(value))).toEqual([]);
  expect(broker.recorded.filter(({ topic }) => topic.includes(digits))).toEqual([]);
});

test('a secret handed to the log by mistake is censored', () => {
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) });
  log.info({ token: 'hush-1', message: { token: 'hush-2', certificate: 'hush-3' } }, 'a mistake');
  log.info({ config: { gatewaySecret: 'hush-4', deep: { password: 'hush-5' } } }, 'a mistake');
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain('hush');
});

test('log messages are constant: every value is in a field', async () => {
  const sources = await Promise.all(
    (await readdir(new URL('.', import.meta.url), { recursive: true }))
      .filter((name) => name.endsWith('.ts') && !name.includes('.test'))
      .map((name) => readFile(new URL(name, import.meta.url), 'utf8')),
  );
  const calls = sources.flatMap((text) => [
    ...text.matchAll(/\blog\.(?:trace|debug|info|warn|error|fatal)\(([\s\S]*?)\);/g),
  ]);
  expect(calls.length).toBeGreaterThan(8);
  for (const [call, inside] of calls) {
    expect(inside, call).toMatch(/'[a-z][a-zA-Z ]+',?\s*$/);
  }
});
