import { type AnswerCode, answerCodeOf, answerCodes } from '../answer-code.js';
import { type DoorMemory, decodeDoorMemory, emptyDoor, encodeDoorMemory } from '../cards/door-memory.js';
import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import {
  decodeFirmwareMemory,
  emptyFirmware,
  encodeFirmwareMemory,
  type FirmwareMemory,
} from '../firmware/firmware-memory.js';
import { emptyLogRing, type LogRing } from '../log/log-ring.js';
import type { GrantMemory } from '../objects/grant-decision.js';
import type { LockTrust, OrderedTrust } from '../objects/lock-trust.js';
import type { LockClock } from '../objects/object-decision.js';
import type { PropertyCertificate } from '../objects/property-certificate.js';
import { LockProtocolError } from '../protocol-error.js';
import { decodeHeldSet, emptySet, encodeHeldSet, type HeldSet } from '../sets/held-set.js';

/** Most command ids the lock remembers; older ones are refused by their authority's own age. */
export const storedCommandLimit = 64;

/** Most property certificates the lock keeps: two uses, each also during a renewal, and two to spare. */
export const certificateLimit = 6;

/** Most slots with an issue floor: every slot there is. */
export const floorLimit = 256;

/** Most one-shot grants that were used and have not expired yet; a lock that remembers this many takes no more. */
export const usedGrantLimit = 64;

/** Most seconds that an object's issue may be ahead of a good clock and still count as the time. */
export const timeFloorLeadSeconds = 600;

/** What became of a command id: begun before the bolt moves, then the answer that every repeat gets. */
export interface StoredCommand {
  /** 8 bytes. */
  readonly commandId: Uint8Array;
  /** `undefined` while the bolt moves, and for ever when the power failed meanwhile. */
  readonly code: AnswerCode | undefined;
}

/** A one-shot grant that opened already. */
export interface UsedGrant {
  /** 8 bytes. */
  readonly grantId: Uint8Array;
  /** UTC seconds after which the grant is refused anyhow. */
  readonly expires: number;
}

/** What a lock must not forget when its power fails. */
export interface LockMemory {
  /** Root public key and property under which all but the commands and the log was learned; empty before the first. */
  readonly learnedUnder: Uint8Array;
  /** Highest epoch of a certificate that verified. */
  readonly epoch: number;
  /** Oldest first, at most {@link storedCommandLimit}. */
  readonly commands: readonly StoredCommand[];
  /** Property certificates that verified, as signed, oldest first. */
  readonly certificates: readonly Uint8Array[];
  /** Lowest issue number each slot still accepts. */
  readonly floors: ReadonlyMap<number, number>;
  /** Ids of grants that were revoked one by one. */
  readonly revokedGrants: readonly Uint8Array[];
  /** One-shot grants that opened already, at most {@link usedGrantLimit}. */
  readonly usedGrants: readonly UsedGrant[];
  /** UTC seconds of the newest issue of an object that was obeyed: the lock's time is never before it. */
  readonly timeFloor: number;
  /** Whom the lock obeys since it was commissioned over the air; absent before, and in a lock that was told otherwise. */
  readonly trust?: OrderedTrust;
  /** The credentials that the lock obeys; of it only the mark is kept with the rest. */
  readonly set: HeldSet;
  readonly door: DoorMemory;
  /** Stays, whatever else is forgotten. */
  readonly firmware: FirmwareMemory;
  /** Of it only the {@link LogMark} is kept with the rest; its entries are where the driver wrote them. */
  readonly log: LogRing;
}

/** The memory of a lock that was just made. */
export const emptyMemory: LockMemory = {
  learnedUnder: new Uint8Array(0),
  epoch: 0,
  commands: [],
  certificates: [],
  floors: new Map(),
  revokedGrants: [],
  usedGrants: [],
  timeFloor: 0,
  set: emptySet,
  door: emptyDoor,
  firmware: emptyFirmware,
  log: emptyLogRing,
};

/** What a lock still knows under `trust`: everything, or only its commands and log when it learned under another. */
export function memoryUnder(memory: LockMemory, trust: LockTrust): LockMemory {
  const learnedUnder = concatBytes(trust.rootPublicKey, trust.property);
  if (equalBytes(memory.learnedUnder, learnedUnder)) return memory;
  const { commands, log, firmware } = memory;
  return { ...emptyMemory, learnedUnder, commands, log, firmware, ...(memory.trust ? { trust: memory.trust } : {}) };
}

/** What the lock remembers of a command id. */
export function storedCommandOf(memory: LockMemory, commandId: Uint8Array): StoredCommand | undefined {
  return memory.commands.findLast((command) => equalBytes(command.commandId, commandId));
}

/** Remembers a command id that is about to move the bolt; the oldest is forgotten. */
export function beginCommand(memory: LockMemory, commandId: Uint8Array): LockMemory {
  const kept = memory.commands.slice(-(storedCommandLimit - 1));
  return { ...memory, commands: [...kept, { commandId, code: undefined }] };
}

/** Stores the answer of a command that was begun. */
export function endCommand(memory: LockMemory, commandId: Uint8Array, code: AnswerCode): LockMemory {
  const commands = memory.commands.map((command) =>
    equalBytes(command.commandId, commandId) ? { commandId, code } : command,
  );
  return { ...memory, commands };
}

/** Keeps a certificate that verified; the oldest is forgotten. One that is held already changes nothing, and wears nothing. */
export function rememberCertificate(memory: LockMemory, certificate: Uint8Array): LockMemory {
  if (memory.certificates.some((known) => equalBytes(known, certificate))) return memory;
  return { ...memory, certificates: [...memory.certificates.slice(-(certificateLimit - 1)), certificate] };
}

/** Raises the issue floor of a slot; never lowers it. A full table forgets nothing and takes no new slot. */
export function raiseFloor(memory: LockMemory, slot: number, issue: number): LockMemory {
  const floor = memory.floors.get(slot);
  if (floor === undefined ? memory.floors.size >= floorLimit : floor >= issue) return memory;
  return { ...memory, floors: new Map(memory.floors).set(slot, issue) };
}

/** What the memory says of grants. */
export function grantMemory(memory: LockMemory): GrantMemory {
  return {
    isRevoked: (grantId) => memory.revokedGrants.some((revoked) => equalBytes(revoked, grantId)),
    issueFloor: (slot) => memory.floors.get(slot) ?? 0,
    isUsed: (grantId) => isGrantUsed(memory, grantId),
  };
}

/** Whether a one-shot grant opened already. */
export function isGrantUsed(memory: LockMemory, grantId: Uint8Array): boolean {
  return memory.usedGrants.some((used) => equalBytes(used.grantId, grantId));
}

/** Remembers that a one-shot grant opened; `undefined` when there is no room left for it. */
export function useGrant(memory: LockMemory, grant: UsedGrant): LockMemory | undefined {
  const kept = memory.usedGrants.filter(({ expires }) => expires > memory.timeFloor);
  const { grantId, expires } = grant;
  return kept.length < usedGrantLimit ? { ...memory, usedGrants: [...kept, { grantId, expires }] } : undefined;
}

/**
 * Raises the epoch to that of a certificate that verified; never lowers it. A first certificate of a higher epoch takes
 * the time back to its own start: what the keys of the epochs before it said of the time counts no longer.
 */
export function raiseEpoch(memory: LockMemory, o: Pick<PropertyCertificate, 'epoch' | 'notBefore'>): LockMemory {
  const { epoch, notBefore } = o;
  return epoch > memory.epoch ? { ...memory, epoch, timeFloor: Math.min(memory.timeFloor, notBefore) } : memory;
}

/**
 * Moves the lowest possible time forward to the issue of an object that is obeyed; never back. A good clock, as it reads
 * without the floor, is not overtaken by more than {@link timeFloorLeadSeconds}: a later issue says nothing of the time.
 */
export function raiseTimeFloor(memory: LockMemory, issuedAt: number, clock: LockClock): LockMemory {
  const latest = clock.quality === 'good' ? clock.utcSeconds + timeFloorLeadSeconds : Number.POSITIVE_INFINITY;
  return issuedAt > memory.timeFloor && issuedAt <= latest ? { ...memory, timeFloor: issuedAt } : memory;
}

const field = {
  commands: 1,
  certificates: 2,
  floors: 3,
  revokedGrants: 4,
  timeFloor: 5,
  logSeq: 6,
  logHash: 7,
  learnedUnder: 8,
  epoch: 9,
  usedGrants: 10,
  logResets: 11,
  logAcknowledged: 12,
  trust: 13,
  set: 14,
  door: 15,
  firmware: 16,
} as const;
const memoryLimits = { sizeBytes: 65_536, depth: 4, items: 4096 };

/** Bytes of a memory, for whatever the lock keeps them in; the format is the lock's own and never travels. */
export function encodeLockMemory(memory: LockMemory): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [
        field.commands,
        memory.commands.map(({ commandId, code }) => [commandId, code ? answerCodes[code].number : null]),
      ],
      [field.certificates, memory.certificates],
      [field.floors, new Map(memory.floors)],
      [field.revokedGrants, memory.revokedGrants],
      [field.timeFloor, memory.timeFloor],
      [field.logSeq, memory.log.head.seq],
      [field.logHash, memory.log.head.hash],
      [field.logResets, memory.log.resets],
      [field.logAcknowledged, memory.log.acknowledged],
      [field.learnedUnder, memory.learnedUnder],
      [field.epoch, memory.epoch],
      [field.usedGrants, memory.usedGrants.map(({ grantId, expires }) => [grantId, expires])],
      [field.trust, memory.trust ? encodeTrust(memory.trust) : null],
      [field.set, encodeHeldSet(memory.set)],
      [field.door, encodeDoorMemory(memory.door)],
      [field.firmware, encodeFirmwareMemory(memory.firmware)],
    ]),
  );
}

/**
 * Reads what {@link encodeLockMemory} wrote.
 * @throws LockProtocolError `message` or `cbor` for anything else; such a lock must not start with an empty memory, or
 * it would obey old commands again.
 */
export function decodeLockMemory(bytes: Uint8Array): LockMemory {
  const map = decodeCbor(bytes, memoryLimits);
  if (!(map instanceof Map)) return refuse();
  const floors = map.get(field.floors);
  if (!(floors instanceof Map)) return refuse();
  const trust = readTrust(map.get(field.trust));
  return {
    ...(trust ? { trust } : {}),
    learnedUnder: readBytes(map.get(field.learnedUnder)),
    epoch: readNumber(map.get(field.epoch)),
    commands: listOf(map.get(field.commands)).map(readCommand),
    certificates: listOf(map.get(field.certificates)).map(readBytes),
    floors: new Map([...floors].map(([slot, issue]) => [slot, readNumber(issue)])),
    revokedGrants: listOf(map.get(field.revokedGrants)).map(readBytes),
    usedGrants: listOf(map.get(field.usedGrants)).map(readUsedGrant),
    timeFloor: readNumber(map.get(field.timeFloor)),
    set: decodeHeldSet(map.get(field.set)) ?? refuse(),
    door: decodeDoorMemory(map.get(field.door)) ?? refuse(),
    firmware: decodeFirmwareMemory(map.get(field.firmware)) ?? refuse(),
    log: {
      ...emptyLogRing,
      head: { seq: readNumber(map.get(field.logSeq)), hash: readBytes(map.get(field.logHash)) },
      resets: readNumber(map.get(field.logResets)),
      acknowledged: readNumber(map.get(field.logAcknowledged)),
    },
  };
}

function encodeTrust({ rootPublicKey, property, epoch, orderHash }: OrderedTrust): CborValue {
  return [rootPublicKey, property, epoch, orderHash];
}

function readTrust(value: CborValue | undefined): OrderedTrust | undefined {
  if (value === null) return undefined;
  const [rootPublicKey, property, epoch, orderHash] = listOf(value);
  return {
    ...{ rootPublicKey: readBytes(rootPublicKey), property: readBytes(property) },
    ...{ epoch: readNumber(epoch), orderHash: readBytes(orderHash) },
  };
}

function readUsedGrant(value: CborValue): UsedGrant {
  const [grantId, expires] = listOf(value);
  return { grantId: readBytes(grantId), expires: readNumber(expires) };
}

function readNumber(value: CborValue | undefined): number {
  return typeof value === 'number' ? value : refuse();
}

function readCommand(value: CborValue): StoredCommand {
  const [commandId, number] = listOf(value);
  if (number === null) return { commandId: readBytes(commandId), code: undefined };
  const code = typeof number === 'number' ? answerCodeOf(number) : undefined;
  return code === undefined ? refuse() : { commandId: readBytes(commandId), code };
}

function readBytes(value: CborValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : refuse();
}

function listOf(value: CborValue | undefined): readonly CborValue[] {
  return Array.isArray(value) ? value : refuse();
}

function refuse(): never {
  throw new LockProtocolError({ code: 'message', reason: 'memory' }, 'These bytes are no memory of a lock.');
}
