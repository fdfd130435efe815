import { p256 } from '@noble/curves/nist.js';
import type { AnswerCode } from './answer-code.js';
import type { Authority } from './caller/lock-link.js';
import { performUnlock } from './caller/perform-unlock.js';
import { diversifySecret } from './cards/card-aes.js';
import type { TransmitApdu } from './cards/card-dialogue.js';
import type { CardSighting } from './cards/card-technology.js';
import {
  createCommissioner,
  createFactoryLock,
  install,
  type LockDump,
} from './commissioning/commission-scene.test-rig.js';
import type { CryptoProvider, KeyPair } from './crypto/crypto-provider.js';
import { concatBytes } from './encoding/byte-strings.js';
import { decodeCbor } from './encoding/cbor.js';
import type { OperationName } from './lock/operation-message.js';
import { openRawCaller } from './lock/raw-caller.test-rig.js';
import { encodeRequest } from './message.js';
import { type Grant, signGrant } from './objects/grant.js';
import { LockProtocolError } from './protocol-error.js';
import { createFakeTime, epochSeconds, settle } from './session.test-rig.js';
import type { HeldEntry } from './sets/held-entry.js';
import { readBank } from './sets/set-bank.js';
import type { SetEntry } from './sets/set-entry.js';
import { createSetProperty } from './sets/set-property.test-rig.js';

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const nothing = new Uint8Array(0);

/** The cards of one guest, good at every lock of the house; and the codes, one for each lock. */
export interface HouseCards {
  readonly uid: Uint8Array;
  readonly ntag: Uint8Array;
  readonly desfire: Uint8Array;
  readonly signing: KeyPair;
  /** What one of the cards proves itself with at a lock: diversified, from what no lock has (SPEC §10.11). */
  secretAt(card: Uint8Array, lock: { readonly tag: Uint8Array; readonly keyNumber: number }): Uint8Array;
  readonly codes: readonly string[];
}

function createCards(crypto: CryptoProvider): HouseCards {
  const master = crypto.randomBytes(16);
  const uid = () => concatBytes(Uint8Array.of(4), crypto.randomBytes(6));
  const { secret } = crypto.p256KeyPair();
  return {
    ...{ uid: uid(), ntag: uid(), desfire: uid(), signing: { secret, publicKey: p256.getPublicKey(secret) } },
    secretAt: (card, { tag, keyNumber }) => diversifySecret(master, concatBytes(card, tag, Uint8Array.of(keyNumber))),
    codes: ['4711', '0815', '2718'],
  };
}

/** Three locks of one property, each with its own holder's grant and a set with cards of every class and a code. */
export async function createHouse(crypto: CryptoProvider) {
  const time = createFakeTime();
  const by = createCommissioner(crypto);
  const signing = crypto.ed25519KeyPair();
  const cmd = crypto.ed25519KeyPair();
  const set = crypto.ed25519KeyPair();
  const certificates = {
    grant: by.certify({ use: 'grant', publicKey: signing.publicKey }),
    cmd: by.certify({ use: 'cmd', publicKey: cmd.publicKey }),
    set: by.certify({ use: 'set', publicKey: set.publicKey }),
  };
  const cards = createCards(crypto);
  const makeLock = async (index: number) => {
    const lock = createFactoryLock({ crypto, time, suite2: true });
    const holder = crypto.x25519KeyPair();
    lock.session().present();
    await install({ crypto, time, lock, by });
    const { tag, identity } = lock.self();
    const grant = signGrant(crypto, signing.secret, {
      ...{ grantId: crypto.randomBytes(8), locks: [tag], holderPublicKey: holder.publicKey, epoch: 1 },
      ...{ notBefore: epochSeconds, expires: epochSeconds + 86_400, issuedAt: epochSeconds },
      ...{ rights: ['unlock', 'local'], slot: 0, issue: 7 },
    } satisfies Grant);
    const sets = createSetProperty(crypto, by, { lockPublicKey: identity.publicKey, tag, key: set });
    const keyNumber = index + 1;
    const aes = (uid: Uint8Array): SetEntry['credential'] => ({
      ...{ kind: 'aes', uid, secret: cards.secretAt(uid, { tag, keyNumber }) },
      ...(keyNumber === 1 ? {} : { keyNumber }),
    });
    const credentials: readonly SetEntry['credential'][] = [
      { kind: 'uid', uid: cards.uid },
      aes(cards.ntag),
      aes(cards.desfire),
      { kind: 'public-key', publicKey: cards.signing.publicKey },
      { kind: 'code', digits: cards.codes[index] ?? '', salt: crypto.randomBytes(16) },
    ];
    const entries = credentials.map((credential, at): SetEntry => ({ id: 10 * index + at, credential }));
    /** Somebody who holds no right at the lock asks it one thing after another. */
    const ask = async (...asked: readonly (readonly [OperationName, Uint8Array])[]) => {
      const link = lock.connect();
      const raw = await openRawCaller({ crypto, link, lockPublicKey: lock.self().identity.publicKey });
      const codes: AnswerCode[] = [];
      for (const [name, body] of asked) {
        const shown = name === 'set-begin' ? { certificate: certificates.set } : {};
        codes.push((await raw.ask(encodeRequest({ ...shown, operation: { name, body } })))?.code ?? 'auth');
      }
      link.close();
      return codes;
    };
    /** A courier brings the next revision of its set. */
    const bring = async (...published: Parameters<typeof sets.publish>) => {
      const { carried } = sets.publish(...published);
      const boxes = carried.delta.map((box) => ['set-put', box] as const);
      const codes = await ask(['set-begin', carried.manifest], ...boxes, ['set-commit', nothing]);
      if (codes.some((code) => code !== 'ok')) throw new Error(`The set was not applied: ${codes.join()}`);
      return carried;
    };
    const tap = async (sighting: CardSighting, field?: TransmitApdu) => {
      const [moves, refusals] = [lock.moves.length, lock.refusals.length];
      lock.field = field;
      lock.session().card(sighting);
      await settle();
      return lock.moves.length > moves ? 'opened' : (lock.refusals[refusals] ?? 'waiting');
    };
    const enter = async (digits: string) => {
      const [moves, refusals] = [lock.moves.length, lock.refusals.length];
      lock.session().code(digits);
      await settle();
      return lock.moves.length > moves ? 'opened' : (lock.refusals[refusals] ?? 'waiting');
    };
    const carried = await bring(entries);
    return { lock, holder, grant, sets, keyNumber, entries, carried, ask, bring, tap, enter };
  };
  const locks = await Promise.all([0, 1, 2].map(makeLock));
  const [a, b] = locks;
  if (!a || !b) throw new Error('There are three locks.');
  const unlock = (
    { lock }: Pick<typeof a, 'lock'>,
    o: {
      readonly caller: KeyPair;
      readonly authority: (challenge: Uint8Array) => Promise<Authority>;
      commandId?: Uint8Array;
    },
  ) => {
    const { caller, authority, commandId = crypto.randomBytes(8) } = o;
    const { identity, p256Identity } = lock.self();
    const link = lock.connect();
    const lockPublicKey = caller.publicKey.length === 33 && p256Identity ? p256Identity.publicKey : identity.publicKey;
    return performUnlock({
      ...{ crypto, link, lockPublicKey, caller, authority, now: time.now, startTimer: time.startTimer },
      command: { commandId, action: 'unlock', ttlMs: 5000, intent: 'tap' },
    }).finally(() => link.close());
  };
  const byGrant =
    (grant: Uint8Array, certificate = certificates.grant) =>
    async (): Promise<Authority> => ({
      ...{ kind: 'grant', grant, certificate },
    });
  for (const { lock, holder, grant } of locks) {
    const { code } = await unlock({ lock }, { caller: holder, authority: byGrant(grant) });
    if (code !== 'ok') throw new Error(`A holder is refused: ${code}`);
    lock.moves.length = 0;
  }
  const { rootPublicKey, property } = by.trust;
  /** What every lock of the house has, and nobody needs to keep: the public keys of cards that sign among it. */
  const shared = [
    ...[rootPublicKey, property, Uint8Array.of(...rootPublicKey, ...property), by.certify()],
    ...[...Object.values(certificates), cards.signing.publicKey],
  ];
  return { time, by, cards, locks, a, b, unlock, byGrant, certificates, cmd, shared };
}

/** Every byte string in a value, however deep, and in what is encoded in it. */
function stringsIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) {
    let inner: unknown;
    try {
      inner = decodeCbor(value, { sizeBytes: 1_000_000, depth: 16, items: 100_000 });
    } catch (error) {
      if (!(error instanceof LockProtocolError)) throw error;
    }
    return [value, ...(typeof inner === 'object' ? stringsIn(inner) : [])];
  }
  if (value instanceof Map) return [...value.values()].flatMap(stringsIn);
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(stringsIn);
  return [];
}

/** What the entries of both banks say, also those of the set before. */
export function entriesIn(crypto: CryptoProvider, { setBanks }: LockDump): HeldEntry[] {
  return setBanks.flatMap((bank) => [...readBank(crypto, bank).entries.values()]);
}

/** Every byte string that whoever dismantles a lock finds in it: in its keys, its memory, its log and both banks. */
export function foundIn(crypto: CryptoProvider, dump: LockDump): Uint8Array[] {
  return stringsIn([dump, entriesIn(crypto, dump)]);
}

/** All flash of a lock as hex, whatever it may mean. */
export function rawOf({ memory = nothing, segments, setBanks }: LockDump): string {
  return [memory, ...segments, ...setBanks].map(hex).join();
}

/** What is nobody's secret: public keys, tags, hashes of the log, what the property signed. */
function publicParts(crypto: CryptoProvider, dump: LockDump, shared: readonly Uint8Array[]): Set<string> {
  const { identity, p256Identity, signingSecret, tag } = dump.self;
  const keys = [
    identity.publicKey,
    p256Identity?.publicKey,
    signingSecret && crypto.ed25519KeyPair(signingSecret).publicKey,
  ];
  return new Set([...keys, tag, ...shared].flatMap((part) => (part ? stringsIn(part).map(hex) : [])));
}

const smallestSecretBytes = 16;

/** What of a lock's dump could be a secret, as hex. */
export function secretsIn(crypto: CryptoProvider, dump: LockDump, shared: readonly Uint8Array[]): Set<string> {
  const open = publicParts(crypto, dump, shared);
  const found = foundIn(crypto, dump).filter(({ length }) => length >= smallestSecretBytes);
  return new Set(found.map(hex).filter((text) => !open.has(text) && !/^(?:00)*$/.test(text)));
}
