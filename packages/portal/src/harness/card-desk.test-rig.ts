import { randomBytes } from 'node:crypto';
import type { CardEncoding } from '@latchwork/contract';
import { parseGatewayMessage } from '@latchwork/contract';
import type { DeviceId } from '@latchwork/core';
import { createDesfireCard, createNtag424Card, type EmulatedCard } from '@latchwork/testing';
import { proveAll } from './lock-rows.test-rig.js';
import { createRealLock, parcelOf, type RealLock } from './real-lock.test-rig.js';
import type { Person, SampleHotel } from './sample-hotel.test-rig.js';
import type { TestPortal } from './test-portal.test-rig.js';

/** A door of the hotel with a lock that takes cards. */
export interface CardDoor {
  readonly entranceId: string;
  readonly deviceId: string;
  readonly lock: RealLock;
}

/** A card of the stock, and what would lie on a reader. */
export interface StockCard {
  readonly id: string;
  readonly card: EmulatedCard;
}

/** What a reception does with cards: doors, stock, guests and an encoder. */
export function createCardDesk(test: TestPortal, hotel: SampleHotel, by: Person = hotel.people.owner) {
  const { client } = by;
  const propertyId = hotel.property.id;
  const at = (days: number) => new Date(test.clock.now() + days * 24 * 3_600_000).toISOString();
  return {
    /** A new door with a lock of its own. */
    door: async (name: string): Promise<CardDoor> => {
      const lock = createRealLock(test.clock);
      const { rootPublicKey, property, epoch } = hotel.property.lockTrust;
      const hexBytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
      lock.trust = { rootPublicKey: hexBytes(rootPublicKey), property: hexBytes(property), epoch };
      const { id: entranceId } = await client.entrances.create({ propertyId, name });
      const device = { propertyId, kind: 'lock', name, entranceId, ...lock.keys } as const;
      return { entranceId, deviceId: (await client.devices.create(device)).id, lock };
    },
    /** A card as its maker delivers it, enrolled. */
    card: async (chip: 'ntag-424' | 'desfire' = 'ntag-424'): Promise<StockCard> => {
      const uid = Uint8Array.from([4, ...randomBytes(6)]);
      const card = (chip === 'desfire' ? createDesfireCard : createNtag424Card)({ uid });
      const identity = Buffer.from(uid).toString('hex');
      const { id } = await client.keyCards.enroll({ propertyId, technology: 'aes', chip, label: 'Card', identity });
      return { id, card };
    },
    /** A guest with a Key to these doors, for two days. */
    guestKey: async (...doors: readonly CardDoor[]): Promise<string> => {
      const { id: holderId } = await client.guests.create({ propertyId, name: 'Gus Guest' });
      const entranceIds = doors.map(({ entranceId }) => entranceId);
      const key = await client.keys.create({ propertyId, holderId, entranceIds, startsAt: at(-1), endsAt: at(2) });
      return key.id;
    },
    /** Lays the card on the encoder, which passes on what card and portal say to each other. */
    encode: async ({ card }: StockCard): Promise<CardEncoding> => {
      card.enterField();
      const identity = Buffer.from(card.uid()).toString('hex');
      let encoding = await client.cardEncodings.begin({ propertyId, identity });
      while (encoding.ask !== null) {
        const { command, dialogue } = encoding.ask;
        const said = await card.transmit?.(new Uint8Array(Buffer.from(command, 'hex')));
        const answer = Buffer.from(said ?? []).toString('hex');
        encoding = await client.cardEncodings.answer({ keyCardId: encoding.keyCardId, dialogue, answer });
      }
      return encoding;
    },
    /** Brings locks what they are told, and has them prove it. */
    bring: async (...doors: readonly CardDoor[]): Promise<void> => {
      await test.portal.planLocks();
      const told = (deviceId: string) => test.portal.projection.lockDesired.get(deviceId as DeviceId);
      for (const { deviceId, lock } of doors) {
        // Once more where it was told something else meanwhile: it proves what it was brought.
        for (let row = told(deviceId), brought: number | undefined; row?.revision !== brought; row = told(deviceId)) {
          await lock.visit(parcelOf(parseGatewayMessage('desired', row?.message ?? '')));
          brought = row?.revision;
        }
        if (told(deviceId) !== undefined) await proveAll(test, deviceId);
      }
      await test.portal.planLocks();
    },
    /** How a credential stands at each of its doors, with why. */
    doorsOf: async (credentialId: string): Promise<readonly string[]> => {
      const { doors } = await client.credentials.get({ credentialId });
      return doors.map(({ state, cause }) => (cause === null ? state : `${state}: ${cause}`));
    },
    keyCard: async ({ id }: StockCard) => await client.keyCards.get({ keyCardId: id }),
    client,
  };
}
