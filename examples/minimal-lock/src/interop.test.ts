import { describe, expect, it } from 'vitest';
import type { Calendar } from './certificate.js';
import { type Attempt, attempt, createDoor, crypto, utcSeconds } from './door.test-rig.js';
import { x25519PublicKey } from './primitives.js';
import { hex } from './vectors.test-rig.js';

describe('the caller of the package at this lock', () => {
  it.each(['token', 'grant'] as const)('opens, locks and holds open with a %s', async (authority) => {
    const door = createDoor();
    expect(await attempt(door, { authority })).toMatchObject({ code: 'ok', bolt: 'unlocked', batteryPercent: 80 });
    expect(await attempt(door, { authority, action: 'lock' })).toMatchObject({ code: 'ok', bolt: 'locked' });
    const last = await attempt(door, { authority, action: 'hold-open' });
    expect(last).toMatchObject({ code: 'ok', bolt: 'held-open', logSeq: 3, repeated: false });
    expect(hex(last.logHead)).toBe(hex(door.lock.memory.log.head.subarray(0, 16)));
    expect(door.moves).toEqual([1, 2, 3]);
  });

  it.each<[string, Attempt & { quality?: Calendar['quality'] }]>([
    ['wrong-lock', { authority: 'token', tokenFor: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
    ['wrong-lock', { authority: 'grant', grant: { locks: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)] } }],
    ['not-yet', { authority: 'grant', grant: { notBefore: utcSeconds + 1 } }],
    ['expired', { authority: 'grant', grant: { expires: utcSeconds } }],
    ['no-right', { authority: 'grant', grant: { rights: ['lock', 'local', 'remote'] } }],
    ['no-right', { authority: 'grant', grant: { flags: ['user-verify'] } }],
    ['auth', { authority: 'grant', grant: { holderPublicKey: x25519PublicKey(crypto.randomBytes(32)) } }],
    ['no-clock', { authority: 'grant', quality: 'none' }],
    [
      'schedule',
      {
        authority: 'grant',
        grant: {
          schedule: {
            windows: [{ weekdays: 127, startMinute: 540, endMinute: 541 }],
            offsets: [{ from: 0, offsetMinutes: 0 }],
          },
        },
      },
    ],
  ])('T6: answers %s, and the bolt stays', async (code, { quality = 'good', ...o }) => {
    const door = createDoor();
    door.clock = { quality, utcSeconds };
    expect(await attempt(door, o)).toMatchObject({ code, bolt: 'locked' });
    expect(door.moves).toEqual([]);
    expect(door.lock.memory.log.sequence).toBe(1);
  });

  it('T4: a token of another connection is late, and so is one that was held back past its lifetime', async () => {
    const door = createDoor();
    const another = await attempt(door, { authority: 'token', tokenOver: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
    expect(another).toMatchObject({ code: 'late' });
    expect(await attempt(door, { authority: 'token', heldBackMs: 1001 })).toMatchObject({ code: 'late' });
    expect(door.moves).toEqual([]);
    expect(await attempt(door, { authority: 'token', heldBackMs: 1000 })).toMatchObject({ code: 'ok' });
  });

  it('answers the stored result to a command id that it knows, also after a restart', async () => {
    const door = createDoor();
    const commandId = crypto.randomBytes(8);
    expect(await attempt(door, { authority: 'token', commandId })).toMatchObject({ code: 'ok', repeated: false });
    expect(await attempt(door, { authority: 'token', commandId })).toMatchObject({ code: 'ok', repeated: true });
    door.restart();
    expect(await attempt(door, { authority: 'token', commandId })).toMatchObject({ bolt: 'unlocked', repeated: true });
    expect(door.moves).toEqual([1]);
    for (let count = 0; count < 64; count += 1) await attempt(door, { authority: 'grant' });
    expect(door.lock.memory.commands).toHaveLength(64);
  });

  it('T1: a replay of a whole recorded session moves nothing', async () => {
    const door = createDoor();
    const recorded: Uint8Array[] = [];
    await attempt(door, { authority: 'token', recorded });
    door.lock.connect(185, door.nowMs);
    const replayed = recorded.map((frame) => door.lock.frame(frame, door.nowMs));
    expect(replayed[0]).toEqual({ frames: [], end: true });
    expect(replayed.flatMap(({ frames }) => frames)).toEqual([]);
    expect(door.moves).toEqual([1]);
    expect(door.lock.memory.log.entries.at(-1)?.subarray(8, 11)).toEqual(Buffer.of(2, 0, 4));
  });

  it('does not run a command again that the power failed in', async () => {
    const door = createDoor();
    door.cutPower = true;
    const commandId = crypto.randomBytes(8);
    await expect(attempt(door, { authority: 'token', commandId })).rejects.toThrow();
    door.restart();
    const answer = await attempt(door, { authority: 'token', commandId });
    expect(answer).toMatchObject({ code: 'position-unknown', repeated: true });
    expect(door.moves).toEqual([1]);
  });

  it('the second issue of a slot ends the first, and a one-shot grant opens once', async () => {
    const door = createDoor();
    const issue = (number: number) => attempt(door, { authority: 'grant', grant: { slot: 4, issue: number } });
    expect(await issue(7)).toMatchObject({ code: 'ok' });
    expect(await issue(8)).toMatchObject({ code: 'ok' });
    expect(await issue(7)).toMatchObject({ code: 'superseded' });
    const once: Attempt = { authority: 'grant', grant: { grantId: crypto.randomBytes(8), flags: ['one-shot'] } };
    const commandId = crypto.randomBytes(8);
    expect(await attempt(door, { ...once, commandId })).toMatchObject({ code: 'ok' });
    expect(await attempt(door, { ...once, commandId })).toMatchObject({ code: 'ok', repeated: true });
    expect(await attempt(door, once)).toMatchObject({ code: 'superseded' });
  });
});
