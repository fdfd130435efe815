import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LockParcel } from './caller/lock-parcel.js';
import { createParcelScene } from './caller/parcel-scene.test-rig.js';
import { splitMessage } from './encoding/frame.js';
import { framesOf, messageSizes } from './lock/command-scene.test-rig.js';
import { epochSeconds } from './session.test-rig.js';
import { encodeSetEntry } from './sets/set-entry.js';
import { cardEntry } from './sets/set-property.test-rig.js';
import { withPlainTables } from './spec-text.test-rig.js';

const mtus = [23, 185, 247, 517] as const;
const cardSizeBytes = 43;

interface Written {
  readonly messages: number;
  readonly bytes: number;
  readonly frames: number;
}

/** What a carrier writes for each errand after the message that opens a session, to a lock that holds the certificate. */
async function errandsAt(mtu: number): Promise<readonly Written[]> {
  const { crypto, door, sets, courier } = createParcelScene();
  const cards = (count: number) =>
    Array.from({ length: count }, (_, id) => ({
      ...cardEntry(crypto, 256 + id),
      ...{ expires: epochSeconds + 86_400, slot: 1, issue: 200 },
    }));
  expect(cards(2).map((card) => encodeSetEntry(card).length)).toEqual([cardSizeBytes, cardSizeBytes]);
  const deliver = async (parcel: LockParcel): Promise<Written> => {
    const link = door.connect({ mtu });
    const { parts } = await courier().deliver(link, parcel);
    expect(Object.values(parts).map(({ outcome }) => outcome)).toEqual(['done']);
    link.close();
    const written = framesOf(link);
    const [first = 0, ...sizes] = messageSizes(written);
    const { frames } = splitMessage(new Uint8Array(first), { mtu, firstCounter: 0 });
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return { messages: sizes.length, bytes, frames: written.length - frames.length };
  };
  // From here on the lock knows the certificate.
  await deliver({ bulletin: sets.revoke({ deniedEntries: [1] }) });
  const bulletin = await deliver({ bulletin: sets.revoke({ deniedEntries: [1] }) });
  const all = await deliver({ set: sets.publish(cards(240)).carried });
  const one = await deliver({ set: sets.publish(cards(241)).carried });
  sets.publish(cards(242));
  const missed = await deliver({ set: sets.publish(cards(243)).carried });
  sets.publish([]);
  const others = sets.publish(cards(240).map((card) => ({ ...card, issue: 201 })));
  const buckets = await deliver({ set: others.carried });
  return [bulletin, one, missed, all, buckets];
}

test('the errands of a carrier have the sizes and frames that SPEC §8 says', async () => {
  const names = [
    'bulletin that denies one card',
    'one card more',
    'two cards more, the lock missed the first',
    '240 cards to a lock that has none',
    '240 cards in place of others',
  ];
  const measured = await Promise.all(mtus.map(errandsAt));
  const rows = names.map((name, row) => {
    const at = measured.map((errands) => errands[row]);
    const frames = at.map((errand) => errand?.frames.toLocaleString('en')).join(' / ');
    return `| ${name} | ${at[0]?.messages} | ${at[0]?.bytes.toLocaleString('en')} | ${frames} |`;
  });
  const spec = withPlainTables(readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8'));
  expect(spec).toContain(rows.join('\n'));
  expect(spec.replace(/\s+/g, ' ')).toContain(`cards of ${cardSizeBytes} bytes`);
});
