import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createScene } from '../lock/command-scene.test-rig.js';
import { liveThroughCommand } from '../lock/lived-command.test-rig.js';
import { liveThroughEnroll } from '../lock/lived-enroll.test-rig.js';
import { lockDeadline } from '../lock/lock-deadline.js';
import { lockStep } from '../lock/lock-machine.js';
import type { LockEvent } from '../lock/lock-state.js';
import { openRawCaller } from '../lock/raw-caller.test-rig.js';
import { encodeRequest } from '../message.js';
import type { Right } from '../objects/rights.js';
import { decodeCardReport, encodeCardReport, encodeEnroll } from './card-report.js';
import type { CardSighting } from './card-technology.js';

const crypto = createNodeCrypto();
const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const sighting: CardSighting = { technology: 'ntag-424', uid, genuine: true };
const nonce = new Uint8Array(16);

function enrolling(seconds?: number) {
  const lived = liveThroughCommand({ crypto, mtu: 517, warm: false });
  const session = liveThroughEnroll(lived, { asks: 'at-once', ...(seconds ? { seconds } : {}) });
  const meet = (event: LockEvent, state = session.lock) => {
    const step = lockStep(lived.lockContext, state, event);
    const answer = session.readAnswer(step.effects.flatMap((e) => (e.type === 'notify' ? e.frames : [])));
    return { ...step, answer, kinds: step.effects.map(({ type }) => type) };
  };
  return { ...session, meet };
}

describe('enroll', () => {
  test('the next card is reported and logged, and nothing else comes of it', () => {
    const { lock, meet, moment } = enrolling();
    expect(lock.at).toBe('enrolling');
    const step = meet({ type: 'card', ...moment, sighting, wish: 'unlock', nonce });
    expect(step.answer?.code).toBe('ok');
    expect(step.answer && decodeCardReport(step.answer.body)).toEqual({ ...sighting, cardClass: 2 });
    expect(step.kinds).toEqual(['write-log', 'persist', 'log', 'notify']);
    expect(step.state.at).toBe('session');
    const { log: before, ...kept } = lock.memory;
    const { log: after, ...left } = step.state.memory;
    expect(left).toEqual(kept);
    expect(after.head.seq).toBe(before.head.seq + 1);
    const [logged] = step.effects.flatMap((effect) => (effect.type === 'log' ? [effect.entry] : []));
    expect(logged).toMatchObject({ type: 'enroll', result: 'ok', commandId: crypto.sha256(uid).slice(0, 8) });
    // And the one after it is a card like any other.
    expect(meet({ type: 'card', ...moment, sighting, wish: 'unlock', nonce }, step.state).kinds).toContain(
      'card-refused',
    );
  });

  test('a card that signs proves its public key before it is reported', () => {
    const { meet, moment } = enrolling();
    const { publicKey } = crypto.p256KeyPair();
    const signing = { technology: 'public-key', uid: Uint8Array.of(8, 1, 2, 3) } as const;
    const seen = meet({ type: 'card', ...moment, sighting: signing, wish: 'unlock', nonce });
    expect(seen.kinds).toEqual(['challenge-card']);
    const refused = meet({ type: 'card-checked', ...moment, check: 1, result: { outcome: 'refused' } }, seen.state);
    expect([refused.state.at, refused.kinds]).toEqual(['enrolling', ['card-refused']]);
    const result = { outcome: 'proven', publicKey } as const;
    const proven = meet({ type: 'card-checked', ...moment, check: 1, result }, seen.state);
    expect(proven.answer && decodeCardReport(proven.answer.body)).toEqual({ ...signing, cardClass: 3, publicKey });
    // The session went meanwhile: nobody is told, and nothing opens.
    const gone = meet({ type: 'disconnected', ...moment }, seen.state);
    expect(meet({ type: 'card-checked', ...moment, check: 1, result }, gone.state).kinds).toEqual([]);
  });

  test('no card in time is answered `late`, a second before the connection ends at the latest', () => {
    for (const [seconds, dueAt] of [
      [5, 5000],
      [60, 59_000],
    ] as const) {
      const { lock, meet, moment } = enrolling(seconds);
      expect(lockDeadline(lock)).toBe(dueAt);
      expect(meet({ type: 'timer', ...moment, at: dueAt - 1 }).kinds).toEqual([]);
      const step = meet({ type: 'timer', ...moment, at: dueAt });
      expect([step.answer?.code, step.state.at]).toEqual(['late', 'session']);
      expect(
        step.effects.flatMap((effect) => (effect.type === 'log' ? [effect.entry.type, effect.entry.result] : [])),
      ).toEqual(['enroll', 'late']);
    }
  });

  test('whoever speaks meanwhile ends the session', () => {
    const { meet, moment } = enrolling();
    const step = meet({ type: 'frame', ...moment, frame: Uint8Array.of(0xc2, 0, 1, 1), nonce });
    expect([step.state.at, step.kinds.at(-1)]).toEqual(['closing', 'disconnect']);
  });

  test('needs the right, and a time of 1 to 60 seconds', async () => {
    const { crypto: provider, door, property, caller } = createScene();
    const certificate = property.certificates.grant;
    const ask = async (rights: readonly Right[], body: Uint8Array) => {
      const link = door.connect();
      const raw = await openRawCaller({ crypto: provider, link, lockPublicKey: door.publicKey, caller });
      const grant = property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey, rights });
      const answer = await raw.ask(encodeRequest({ grant, certificate, operation: { name: 'enroll', body } }));
      link.close();
      return answer?.code;
    };
    expect(await ask(['status', 'unlock', 'local'], encodeEnroll(30))).toBe('no-right');
    for (const seconds of [0, 61, 4_294_967_295])
      expect(await ask(['enroll'], encodeEnroll(seconds))).toBe('bad-frame');
    expect(await ask(['enroll'], new Uint8Array(0))).toBe('bad-frame');
    expect(await ask(['enroll'], encodeEnroll(60))).toBeUndefined();
  });

  test('a report says what its reader needs, and nothing that is no report is read as one', () => {
    expect(decodeCardReport(encodeCardReport({ technology: 'uid-only', uid }))).toEqual({
      ...{ technology: 'uid-only', uid, cardClass: 0 },
    });
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0xa0), encodeEnroll(3)]) {
      expect(() => decodeCardReport(bytes)).toThrow('report no card');
    }
  });
});
