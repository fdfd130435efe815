import { encodeSetupLabel, parseSetupLabel } from '../commissioning/setup-label.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { epochSeconds } from '../session.test-rig.js';
import { openSetBox, sealSetBox } from '../sets/set-box.js';
import { decodeSetEntry, encodeSetEntry, hashSetEntry, type SetEntry } from '../sets/set-entry.js';
import { decodeSetBeginning, decodeSetChange, encodeSetBeginning, encodeSetChange } from '../sets/set-message.js';
import { decodeSetSummary, encodeSetSummary, summarizeSet } from '../sets/set-summary.js';
import { hex } from './run.test-rig.js';
import { FuzzFault, type FuzzTarget, readerTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** Of a card that anybody may copy. */
export const copiedUid = Uint8Array.of(4, 9, 9, 9, 9, 9, 9);

/** One entry of each kind of credential; the same ones each time. */
export function sampleEntries({ crypto }: FuzzWorld): readonly SetEntry[] {
  const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
  const [secret, salt, signing] = [1, 2, 3].map((number) => crypto.sha256(Uint8Array.of(number))) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  return [
    { id: 1, credential: { kind: 'uid', uid: copiedUid } },
    { id: 2, credential: { kind: 'aes', uid, secret: secret.slice(16) }, notBefore: epochSeconds },
    {
      ...({
        id: 40_000,
        credential: { kind: 'public-key', publicKey: crypto.p256KeyPair(signing).publicKey },
      } as const),
      ...{ expires: epochSeconds, slot: 3, issue: 9, flags: ['staff'] as const },
    },
    { id: 5, credential: { kind: 'code', salt: salt.slice(16), digits: '123456' } },
  ];
}

/** Sets of credentials, and the label that commissioning begins with. */
export function setTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, tag, lock } = world;
  const entries = sampleEntries(world).map(encodeSetEntry);
  const hashes = new Map(sampleEntries(world).map((entry, at) => [entry.id, hashSetEntry(crypto, entries[at] ?? tag)]));
  const plaintext = encodeSetChange({ entries });
  const ephemeral = crypto.x25519KeyPair();
  const box = sealSetBox(crypto, { lockPublicKey: lock.publicKey, tag, ephemeral }, plaintext);
  const texts = (text: string) => encodeUtf8(text) ?? tag;
  return [
    readerTarget({
      ...{
        name: 'set entry',
        covers: ['decodeSetEntry'],
        corpus: entries,
        read: decodeSetEntry,
        write: encodeSetEntry,
      },
    }),
    readerTarget({
      ...{ name: 'set change', covers: ['decodeSetChange'], read: decodeSetChange, write: encodeSetChange },
      corpus: [plaintext, encodeSetChange({ entries: [], deleted: [1, 2] }), encodeSetChange({ entries, bucket: 3 })],
    }),
    readerTarget({
      ...{ name: 'set beginning', covers: ['decodeSetBeginning'], read: decodeSetBeginning, write: encodeSetBeginning },
      corpus: [encodeSetBeginning('begun'), encodeSetBeginning('applied')],
    }),
    readerTarget({
      ...{ name: 'set summary', covers: ['decodeSetSummary'], read: decodeSetSummary, write: encodeSetSummary },
      corpus: [
        encodeSetSummary(summarizeSet(crypto, hashes, {})),
        encodeSetSummary(summarizeSet(crypto, hashes, { bucket: 1 })),
      ],
    }),
    {
      ...{ name: 'set box', covers: ['openSetBox'], corpus: [box] },
      run: (input) => {
        const opened = openSetBox(crypto, { identity: lock, tag }, input);
        if (opened && hex(input) !== hex(box)) throw new FuzzFault('A box opens that nobody closed.');
        return opened !== undefined;
      },
    },
    readerTarget({
      ...{ name: 'label', covers: ['parseSetupLabel'] },
      corpus: [texts(encodeSetupLabel(crypto, { tag, secret: crypto.randomBytes(16) }))],
      mutate: (dice, input) => {
        const changed = input.slice();
        changed[dice.below(changed.length)] = texts('01IOLl: -:Z')[dice.below(11)] ?? 0;
        return changed;
      },
      read: (input) => parseSetupLabel(crypto, String.fromCharCode(...input)),
      write: (label) => texts(encodeSetupLabel(crypto, label)),
    }),
  ];
}
