import { randomBytes } from 'node:crypto';
import {
  type CardDialogue,
  type CardSecret,
  type CardWriting,
  challengeCard,
  factorySecret,
  runCardDialogue,
  writableSecrets,
  writeCardSecrets,
} from '@latchwork/lock-protocol/cards';
import { describe, expect, test } from 'vitest';
import type { EmulatedCard } from './emulated-card.js';
import { createDesfireCard, createNtag424Card } from './ev2-card.js';

const draw = () => Uint8Array.from(randomBytes(16));
const uid = Uint8Array.from([4, ...randomBytes(6)]);
const own = draw();
const rooms = new Map([
  [1, draw()],
  [3, draw()],
]);
const never = new Uint8Array(8);

/** As a reader does, without an end to how long it talks. */
async function lead(start: CardDialogue<CardWriting>, card: EmulatedCard): Promise<CardWriting> {
  card.enterField();
  let step = start;
  while (!('result' in step)) step = step.next((await card.transmit?.(step.apdu)) ?? new Uint8Array(0));
  return step.result;
}

const chips = [
  { chip: 'ntag-424', make: createNtag424Card },
  { chip: 'desfire', make: createDesfireCard },
] as const;

describe.each(chips)('$chip', ({ chip, make }) => {
  const write = (secrets: readonly CardSecret[], card: EmulatedCard) =>
    lead(writeCardSecrets({ chip, secrets, drawNonce: draw }), card);
  /** What shall be, of a card that may have it by now or may be as it was delivered. */
  const given = (isKnown: boolean): readonly CardSecret[] =>
    [[0, own] as const, ...rooms].map(([keyNumber, secret]) => ({
      ...{ keyNumber, secret },
      held: isKnown ? [factorySecret] : [secret, factorySecret],
    }));
  const givenBack = (): readonly CardSecret[] =>
    [[0, own] as const, ...rooms].map(([keyNumber, secret]) => ({
      ...{ keyNumber, secret: factorySecret, held: [secret, factorySecret] },
    }));
  const proves = async (card: EmulatedCard, keyNumber: number, secret: Uint8Array) => {
    card.enterField();
    const challenge = { kind: 'aes', technology: chip, uid, secret, keyNumber, nonce: draw() } as const;
    const transmit = async (apdu: Uint8Array) => (await card.transmit?.(apdu)) ?? new Uint8Array(0);
    return (await runCardDialogue(challengeCard(challenge, never), transmit)).outcome === 'proven';
  };

  test('a card as delivered takes its secrets, keeps them, and gives them back', async () => {
    const card = make({ uid });
    expect(await write(given(true), card)).toEqual({ outcome: 'written', changed: [0, 1, 3] });
    for (const { keyNumber, secret } of given(true)) expect(await proves(card, keyNumber, secret)).toBe(true);
    expect(await proves(card, 2, factorySecret)).toBe(true);
    expect(await write(given(false), card)).toEqual({ outcome: 'written', changed: [] });
    expect(await write(givenBack(), card)).toEqual({ outcome: 'written', changed: [1, 3, 0] });
    for (const { keyNumber } of given(true)) expect(await proves(card, keyNumber, factorySecret)).toBe(true);
  });

  test('P-25: lifted or silent at any command, it goes on where it was left', async () => {
    const undisturbed = make({ uid });
    let commands = 0;
    const counting: EmulatedCard = {
      ...undisturbed,
      transmit: async (apdu) => {
        commands += 1;
        return (await undisturbed.transmit?.(apdu)) ?? new Uint8Array(0);
      },
    };
    await write(given(false), counting);
    const broken = new Set<string>();
    for (const fault of ['liftAfter', 'silentAfter'] as const) {
      for (let at = 0; at < commands; at += 1) {
        const card = make({ uid });
        card.faults[fault] = at;
        await expect(write(given(false), card)).rejects.toThrow('left the field');
        delete card.faults[fault];
        delete card.faults.liftAfter;
        const resumed = await write(given(false), card);
        expect(resumed).toMatchObject({ outcome: 'written' });
        if (resumed.outcome === 'written') broken.add(resumed.changed.join());
        for (const { keyNumber, secret } of given(true)) expect(await proves(card, keyNumber, secret)).toBe(true);
      }
    }
    // It was broken off before each of the writes, and after the last one.
    expect(broken).toEqual(new Set(['0,1,3', '1,3', '3', '']));
  });

  test('a card of another house is not touched', async () => {
    const card = make({ uid, secrets: new Map([[0, draw()], ...rooms]) });
    expect(await write(given(false), card)).toEqual({ outcome: 'foreign' });
  });

  test('one secret that is none of those it may be stays, and is named', async () => {
    const strange = draw();
    const card = make({ uid, secrets: new Map([[0, own], ...rooms, [3, strange]]) });
    expect(await write(given(false), card)).toEqual({ outcome: 'unlike', keyNumber: 3 });
    expect(await proves(card, 3, strange)).toBe(true);
    const taken = given(false).map((one) => (one.keyNumber === 3 ? { ...one, held: [factorySecret] } : one));
    expect(await write(taken, card)).toEqual({ outcome: 'unlike', keyNumber: 3 });
  });

  test('P-6: what it said of its writing counts for nothing until it has proven it', async () => {
    const card = make({ uid });
    const forgetful = make({ uid, secrets: new Map([[0, own], ...rooms, [3, factorySecret]]) });
    forgetful.enterField();
    let changes = 0;
    const transmit = async (apdu: Uint8Array) => {
      const isSelection = apdu[1] === 0xa4 || apdu[1] === 0x5a;
      if (isSelection) await forgetful.transmit?.(apdu);
      if (apdu[1] === 0xc4) changes += 1;
      const told = changes === rooms.size + 1 && apdu[1] !== 0xc4 ? forgetful : card;
      return (await told.transmit?.(apdu)) ?? new Uint8Array(0);
    };
    expect(await write(given(true), { ...card, transmit })).toEqual({ outcome: 'unlike', keyNumber: 3 });
  });

  test('a card that says what no card says is lost', async () => {
    const card = make({ uid });
    const mute = { ...card, transmit: async () => Uint8Array.of(0x90, 0x00) };
    expect(await write(given(false), mute)).toEqual({ outcome: chip === 'ntag-424' ? 'lost' : 'foreign' });
  });

  test('number 0 is what writes all others', async () => {
    expect(await write(given(true).slice(1), make({ uid }))).toEqual({ outcome: 'foreign' });
  });
});

test('every number that a chip has for doors can be written', async () => {
  for (const { chip, make } of chips) {
    const secrets = Array.from({ length: writableSecrets[chip] + 1 }, (_, keyNumber) => ({
      ...{ keyNumber, secret: draw(), held: [factorySecret] },
    }));
    const written = await lead(writeCardSecrets({ chip, secrets, drawNonce: draw }), make({ uid }));
    expect(written).toEqual({ outcome: 'written', changed: secrets.map(({ keyNumber }) => keyNumber) });
    const beyond = { keyNumber: writableSecrets[chip] + 1, secret: draw(), held: [factorySecret] };
    const tooMany = writeCardSecrets({ chip, secrets: [...secrets, beyond], drawNonce: draw });
    expect(await lead(tooMany, make({ uid }))).toEqual({ outcome: 'unlike', keyNumber: beyond.keyNumber });
  }
});
