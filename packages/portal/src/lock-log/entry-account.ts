import type { EventType } from '@latchwork/contract';
import type { CredentialId, Instant, KeyCardId } from '@latchwork/core';
import {
  type CryptoProvider,
  decodeCardFact,
  type LogEntry,
  type LogEntryType,
  type LogRecord,
  logGapOf,
} from '@latchwork/lock-protocol';
import type { Projection } from '../store/projection.js';
import type { EntryAccount } from '../store/schema/lock-log.js';
import type { Row } from '../store/store.js';
import { clockErrorMs } from './attempt-truth.js';

/** What entries of one lock's log are put into words by. */
export interface AccountParts {
  readonly projection: Projection;
  readonly crypto: CryptoProvider;
  readonly device: Row<'device'>;
  /** The property's attempts of the commands that the entries name, by the command's id. */
  readonly attempts: ReadonlyMap<string, Row<'attempt'>>;
}

type Named = Pick<EntryAccount, 'attemptId' | 'credentialId' | 'keyCardId' | 'keyId' | 'holderId' | 'unattributed'>;
type Unattributed = NonNullable<EntryAccount['unattributed']>;

const nobody = { attemptId: null, credentialId: null, keyCardId: null, keyId: null, holderId: null };

/** Of entries that name nobody by themselves: whose doing they are. */
const doers: Readonly<Record<Exclude<LogEntryType, BoltType | 'card'>, Unattributed>> = {
  session: 'unverified',
  handshakes: 'unverified',
  tamper: 'unverified',
  manual: 'by-hand',
  reset: 'by-hand',
  commission: 'unknown-command',
  enroll: 'unknown-command',
  decommission: 'unknown-command',
  gap: 'lock',
  boot: 'lock',
  epoch: 'lock',
  'clock-set': 'lock',
  'set-applied': 'lock',
  bulletin: 'lock',
  firmware: 'lock',
  battery: 'lock',
};

type BoltType = 'unlock' | 'lock' | 'hold-open';

/**
 * Puts entries of a lock's log into words: what happened, and who did it as far as the property can tell (P-16). Cards are known by
 * the hash that the lock writes; what a card says of itself goes no further.
 */
export function createAccounting(parts: AccountParts): (record: LogRecord) => EntryAccount {
  const { projection, device, attempts } = parts;
  const cardOf = createCardFinder(parts);
  const phoneOf = createPhoneFinder(parts);

  const ofCredential = (credential: Row<'credential'> | undefined, keyCardId: KeyCardId | null): Named => {
    const key = credential && projection.accessKeys.get(credential.keyId);
    const names = { credentialId: credential?.id ?? null, keyId: key?.id ?? null, holderId: key?.holderId ?? null };
    return { ...nobody, ...names, keyCardId, unattributed: null };
  };

  const ofCard = (entry: LogEntry, at: Instant | null): Named => {
    const fact = decodeCardFact(entry);
    const held = fact?.entryId === undefined ? undefined : credentialAt(projection, device, fact.entryId);
    if (fact?.proof === 'code') {
      // The number may have been another's before: what it names now did not exist then.
      const isIt = held?.kind === 'door_code' && existedAt(held, at);
      return isIt ? ofCredential(held, null) : { ...nobody, unattributed: 'unknown-code' };
    }
    const card = cardOf(entry.actor);
    if (card === undefined) return { ...nobody, unattributed: 'unknown-card' };
    const its = projection.credentials.group(card.id).filter((one) => existedAt(one, at));
    return ofCredential(held?.cardId === card.id ? held : its.at(-1), card.id);
  };

  const ofCommand = (entry: LogEntry): Named => {
    const attempt = attempts.get(hexOf(entry.commandId));
    if (attempt !== undefined) {
      const { id: attemptId, keyId, holderId } = attempt;
      return { ...nobody, attemptId, keyId, holderId, unattributed: null };
    }
    const phone = phoneOf(entry.actor);
    if (phone !== undefined) return ofCredential(projection.credentials.get(phone.credentialId), null);
    return { ...nobody, unattributed: entry.actor.every((byte) => byte === 0) ? 'unverified' : 'unknown-command' };
  };

  const namedOf = (entry: LogEntry): Named => {
    if (entry.type === 'card') return ofCard(entry, instantOf(entry));
    if (isBoltType(entry.type)) return ofCommand(entry);
    return { ...nobody, unattributed: doers[entry.type] };
  };

  return ({ entry }) => {
    if (entry === undefined) {
      const unread = { entry: null, code: null, action: null, clock: null, missing: null };
      return { ...unread, ...nobody, unattributed: 'later-version' };
    }
    const gap = logGapOf(entry);
    return {
      entry: entry.type,
      code: entry.result,
      action: actionOf(entry),
      clock: entry.quality,
      ...namedOf(entry),
      missing: gap === undefined ? null : { from: gap.from, to: gap.to },
    };
  };
}

/** Whether a credential was there when an entry was written: a lock counts seconds, and its good clock may be a minute slow. */
function existedAt({ createdAt }: Row<'credential'>, at: Instant | null): boolean {
  return at === null || createdAt <= at + clockErrorMs;
}

/** When an entry was written, by the lock's clock; `null` where that knew no time. */
export function instantOf(entry: LogEntry | undefined): Instant | null {
  return entry === undefined || entry.quality === 'none' ? null : ((entry.time * 1000) as Instant);
}

/** Which event tells of an entry. */
export function eventTypeOf({
  entry,
  code,
}: EntryAccount): Extract<EventType, 'lock.operated' | 'lock.denied' | 'lock.logged'> {
  if (entry === 'manual') return 'lock.operated';
  if (entry === 'session' || entry === 'handshakes') return 'lock.denied';
  // A command that was repeated moved nothing, and was not refused either.
  if (entry === null || code === 'duplicate' || !(entry === 'card' || isBoltType(entry))) return 'lock.logged';
  return code === 'ok' ? 'lock.operated' : 'lock.denied';
}

function actionOf(entry: LogEntry): EntryAccount['action'] {
  if (isBoltType(entry.type)) return entry.type;
  return (entry.type === 'card' ? decodeCardFact(entry)?.action : undefined) ?? null;
}

function isBoltType(type: LogEntryType): type is BoltType {
  return type === 'unlock' || type === 'lock' || type === 'hold-open';
}

/** The credential that has a number in a lock's set, or had it until the lock proves that it is gone. */
function credentialAt(projection: Projection, { id }: Row<'device'>, entryId: number): Row<'credential'> | undefined {
  const row = projection.lockDesired.get(id);
  const isIt = (one: { readonly id: number }) => one.id === entryId;
  const credentialId: CredentialId | undefined = (row?.entries.find(isIt) ?? row?.leaving.find(isIt))?.credentialId;
  return credentialId === undefined ? undefined : projection.credentials.get(credentialId);
}

/** Finds a card of the property by what a lock writes of it. */
function createCardFinder({ projection, crypto, device }: AccountParts) {
  return createFinder(crypto, () => projection.keyCards.group(device.propertyId).map((card) => [card.identity, card]));
}

/** Finds the grant of a phone for the lock by what the lock writes of it. */
function createPhoneFinder({ projection, crypto, device }: AccountParts) {
  return createFinder(crypto, () => projection.phoneGrants.group(device.id).map((grant) => [grant.id, grant]));
}

/** Finds things by the hash of what they are known by, given in hex; what there is, is looked at when it is needed first. */
function createFinder<Thing>(crypto: CryptoProvider, all: () => readonly (readonly [string, Thing])[]) {
  let known: Map<string, Thing> | undefined;
  return (actor: Uint8Array): Thing | undefined => {
    known ??= new Map(
      all().map(([name, thing]) => {
        const hash = crypto.sha256(new Uint8Array(Buffer.from(name, 'hex')));
        return [hexOf(hash.slice(0, actor.length)), thing];
      }),
    );
    return known.get(hexOf(actor));
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
