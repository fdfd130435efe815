import { randomBytes } from 'node:crypto';
import { type DesiredMessage, type PhoneGrants, parseGatewayMessage, type ReportedMessage } from '@latchwork/contract';
import {
  type CredentialId,
  type EntranceId,
  type GatewayId,
  type Instant,
  type KeyId,
  type MemberId,
  type PropertyId,
  toInstant,
} from '@latchwork/core';
import type { KeyPair } from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createPropertySigners, type PropertySigners } from '../access/property-signers.js';
import { createSealer } from '../access/sealer.js';
import type { StateText } from '../broker/gateway-link.js';
import { createClosingStack } from '../closing-stack.js';
import { leaseGrants } from '../credentials/phone-leases.js';
import { createIdentifiers } from '../identifiers.js';
import type { Draft, Ledger } from '../ledger.js';
import { sealDoorCode } from '../locks/door-code-secret.js';
import { type Locks, openLocks } from '../locks/open-locks.js';
import { createLog } from '../log.js';
import { openLedger } from '../open-ledger.js';
import { Secret } from '../secret.js';
import { openMemoryDatabase } from '../store/embedded-database.js';
import { createEmbeddedStore } from '../store/embedded-store.js';
import type { Projection } from '../store/projection.js';
import type { Row, Store } from '../store/store.js';
import { initialFiles } from './initial-files.test-rig.js';
import { createRealLock, parcelOf, type RealLock } from './real-lock.test-rig.js';
import { createTestClock, type TestClock } from './test-portal.test-rig.js';

const crypto = createNodeCrypto();
const identifiers = createIdentifiers();
const actor = { kind: 'operator' } as const;

/** A door of the house with its lock. */
export interface HouseDoor {
  readonly entranceId: EntranceId;
  readonly device: Row<'device'>;
  readonly lock: RealLock;
}

/** What stays of a house when its portal stops: its locks, its time, and what seals its secrets. */
export interface HouseGround {
  readonly clock: TestClock;
  readonly sealingKey: Secret;
  readonly doors: readonly [HouseDoor, HouseDoor];
  readonly property: Row<'property'>;
  readonly organizationId: Row<'organization'>['id'];
  readonly memberId: MemberId;
  readonly gatewayId: GatewayId;
}

/** What a code opens. */
export interface CodeRequest {
  readonly digits: string;
  readonly doors?: readonly HouseDoor[];
  readonly endsAt?: Instant | null;
  readonly holderId?: Row<'accessKey'>['holderId'];
}

/** A Key with its door code. */
export interface GivenCode {
  readonly keyId: KeyId;
  readonly credentialId: CredentialId;
}

/** A portal's ledger and its locks, without HTTP: a house with two doors, one member and one gateway. */
export interface LockHouse extends AsyncDisposable {
  readonly ground: HouseGround;
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly locks: Locks;
  readonly signers: PropertySigners;
  readonly log: readonly string[];
  /** What gateways were given since the start, newest last; `null`: taken away. */
  readonly published: readonly { readonly gatewayId: GatewayId; readonly tag: string; readonly text: string | null }[];
  /** What gateways were sent on their command topics. */
  readonly sent: readonly unknown[];
  giveCode(request: CodeRequest): Promise<GivenCode>;
  /** Puts a Key on a phone. */
  givePhone(request?: Omit<CodeRequest, 'digits'>): Promise<GivenCode & { readonly keys: KeyPair }>;
  /** Has the phone ask for grants. */
  lease(phone: { readonly credentialId: CredentialId; readonly keys: KeyPair }): Promise<PhoneGrants>;
  /** Changes a Key, as whoever may does. */
  editKey(keyId: KeyId, change: Partial<Row<'accessKey'>>, also?: (draft: Draft) => void): Promise<void>;
  row(door: HouseDoor): Row<'lockDesired'>;
  desired(door: HouseDoor): DesiredMessage;
  /** Brings a lock what is desired now, or then; the gateway reports nothing yet. */
  carry(door: HouseDoor, o?: CarryOptions): Promise<readonly Uint8Array[]>;
  /** Has the gateway report receipts. */
  report(door: HouseDoor, receipts: readonly Uint8Array[], change?: Partial<ReportedMessage>): Promise<void>;
  /** Both. */
  bring(door: HouseDoor, o?: CarryOptions): Promise<void>;
  revocations(): readonly Row<'revocation'>[];
}

/** What of which message is brought. */
export interface CarryOptions {
  readonly message?: DesiredMessage;
  readonly parts?: readonly ('bulletin' | 'set')[];
}

/** Opens the portal of a new house, or of one that was there before, on a store that outlives it. */
export async function openLockHouse(
  o: { readonly store?: Store; readonly ground?: HouseGround } = {},
): Promise<LockHouse> {
  const running = createClosingStack();
  const store =
    o.store ?? running.use(createEmbeddedStore(await openMemoryDatabase({ initialFiles: await initialFiles() })));
  const clock = o.ground?.clock ?? createTestClock();
  const sealingKey = o.ground?.sealingKey ?? new Secret(randomBytes(32).toString('hex'));
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => lines.push(line) });
  const opened = running.use(
    await openLedger({ store, clock, identifiers, log, measureCommit: () => () => undefined }),
  );
  const { ledger, projection } = opened;
  const sealer = createSealer(crypto, sealingKey);
  const signers = createPropertySigners({ crypto, sealer, projection });
  const ground = o.ground ?? (await buildGround({ ledger, signers, clock, sealingKey }));
  const published: LockHouse['published'][number][] = [];
  const sent: unknown[] = [];
  const link = {
    isReachable: () => true,
    send: (_: GatewayId, message: unknown) => sent.push(message) > 0,
    desire: (gatewayId: GatewayId, { leaf, text }: StateText) => {
      if (leaf !== 'pass' && 'desired' in leaf) published.push({ gatewayId, tag: leaf.desired, text });
    },
  };
  const locks = running.use(await openLocks({ opened, store, identifiers, signers, sealer, crypto, link, clock, log }));
  await locks.plan();
  let reports = 0;

  const row = ({ device }: HouseDoor): Row<'lockDesired'> => {
    const found = projection.lockDesired.get(device.id);
    if (found === undefined) throw new Error('The lock was told nothing.');
    return found;
  };
  const give = (
    draft: Draft,
    { doors = ground.doors, endsAt = null, holderId }: Omit<CodeRequest, 'digits'>,
    as: { readonly kind: 'door_code' | 'smart_key'; readonly codeSealed: (id: CredentialId) => string | null },
  ): GivenCode => {
    const { id: propertyId } = ground.property;
    const keyId = identifiers.next('key', draft.now);
    const credentialId = identifiers.next('credential', draft.now);
    const guestId = identifiers.next('guest', draft.now);
    const guest = { propertyId, name: 'Gert', email: null, version: 1, createdAt: draft.now, removedAt: null };
    if (holderId === undefined) draft.insert('guest', { id: guestId, ...guest });
    draft.insert('accessKey', {
      ...{ id: keyId, propertyId, holderId: holderId ?? guestId, creatorId: ground.memberId },
      entranceIds: doors.map(({ entranceId }) => entranceId),
      startsAt: toInstant(draft.now - 3_600_000),
      ...{ endsAt, schedule: null, revokedAt: null, version: 1, createdAt: draft.now },
    });
    draft.insert('credential', {
      ...{ id: credentialId, propertyId, keyId, kind: as.kind, entranceId: null, cardId: null },
      ...{ opensOnce: false, replacesId: null, issue: null, codeSealed: as.codeSealed(credentialId) },
      ...{ version: 1, createdAt: draft.now, removedAt: null },
    });
    return { keyId, credentialId };
  };
  const house: LockHouse = {
    ...{ ground, projection, ledger, locks, signers, log: lines, published, sent, row },
    giveCode: async ({ digits, ...request }) => {
      const seal = (id: CredentialId) => sealDoorCode(sealer, id, { digits, salt: crypto.randomBytes(16) });
      const given = await ledger.write((draft) => give(draft, request, { kind: 'door_code', codeSealed: seal }));
      await locks.plan();
      return given;
    },
    givePhone: async (request = {}) => {
      const keys = crypto.x25519KeyPair();
      const given = await ledger.write((draft) => {
        const made = give(draft, request, { kind: 'smart_key', codeSealed: () => null });
        const own = { publicKey: Buffer.from(keys.publicKey).toString('hex'), tokenHash: 'x', activatedAt: draft.now };
        draft.insert('phone', { credentialId: made.credentialId, codeHash: null, codeEndsAt: null, ...own });
        return made;
      });
      await locks.plan();
      return { ...given, keys };
    },
    lease: async ({ credentialId, keys }) =>
      await ledger.write((draft) => {
        const credential = projection.credentials.get(credentialId);
        if (credential === undefined) throw new Error('There is no such credential.');
        const publicKey = Buffer.from(keys.publicKey).toString('hex');
        return leaseGrants({ projection, signers }, draft, { credential, publicKey });
      }),
    editKey: async (keyId, change, also) => {
      await ledger.write((draft) => {
        const key = projection.accessKeys.get(keyId);
        if (key === undefined) throw new Error('There is no such Key.');
        draft.update('accessKey', { ...key, ...change, version: key.version + 1 });
        also?.(draft);
      });
      await locks.plan();
    },
    desired: (door) => parseGatewayMessage('desired', row(door).message),
    carry: async (door, { message = house.desired(door), parts } = {}) =>
      (await door.lock.visit(parcelOf(message, parts))).receipts,
    report: async (door, receipts, change = {}) => {
      reports += 1;
      await locks.reported({
        gatewayId: ground.gatewayId,
        tag: door.device.tag,
        message: {
          v: 1,
          eventId: `report-${reports}`,
          deviceId: door.device.id,
          standing: house.desired(door).standing,
          parts: {},
          receipts: receipts.map((receipt) => Buffer.from(receipt).toString('base64url')),
          occurredAt: clock.now(),
          nextTryAt: null,
          ...change,
        },
      });
      await locks.plan();
    },
    bring: async (door, options) => await house.report(door, await house.carry(door, options)),
    revocations: () => projection.revocations.group(ground.property.id),
    [Symbol.asyncDispose]: async () => await running[Symbol.asyncDispose](),
  };
  return house;
}

async function buildGround(o: {
  readonly ledger: Ledger;
  readonly signers: ReturnType<typeof createPropertySigners>;
  readonly clock: TestClock;
  readonly sealingKey: Secret;
}): Promise<HouseGround> {
  const { ledger, signers, clock, sealingKey } = o;
  return await ledger.write((draft): HouseGround => {
    const { now } = draft;
    const organizationId = identifiers.next('organization', now);
    const organization: Row<'organization'> = {
      ...{ id: organizationId, kind: 'single_property', name: 'Aurora', schemes: ['hospitality'], plan: 'basic' },
      ...{ licenses: 10, subscriptionEndsAt: null, peerManagement: false, version: 1, createdAt: now },
      ...signers.makeRoot(organizationId),
    };
    const propertyId: PropertyId = identifiers.next('property', now);
    const { tag, epoch, signers: made } = signers.makeProperty({ propertyId, organization, now });
    const property: Row<'property'> = {
      ...{ id: propertyId, organizationId, name: 'Hotel Aurora', timeZone: 'Europe/Berlin', tag, epoch },
      settings: { remoteUnlock: false, doorRange: null, longestStayMs: 86_400_000, auditHiddenFromTeam: false },
      ...{ integratedApps: [], version: 1, createdAt: now, removedAt: null },
    };
    draft.insert('organization', organization);
    draft.insert('property', property);
    for (const signer of made) draft.insert('propertySigner', signer);
    const trust = {
      rootPublicKey: new Uint8Array(Buffer.from(organization.rootPublicKey, 'hex')),
      property: new Uint8Array(Buffer.from(tag, 'hex')),
      epoch,
    };
    const door = (name: string): HouseDoor => {
      const lock = createRealLock(clock);
      lock.trust = trust;
      const entranceId = identifiers.next('entrance', now);
      draft.insert('entrance', { id: entranceId, propertyId, name, mode: 'normal', createdAt: now });
      const device: Row<'device'> = {
        ...{ id: identifiers.next('device', now), propertyId, kind: 'lock', name, entranceId, ...lock.keys },
        ...{ driver: 'olp', observation: null, createdAt: now },
      };
      draft.insert('device', device);
      return { entranceId, device, lock };
    };
    const gatewayId = identifiers.next('gateway', now);
    draft.insert('gateway', {
      ...{ id: gatewayId, propertyId, name: 'Reception', secretHash: '', online: true, hostId: null },
      ...{ lastSeenAt: null, version: null, publicKey: null, lan: null, createdAt: now },
    });
    draft.event({ type: 'gateway.created', occurredAt: new Date(now).toISOString(), propertyId, gatewayId, actor });
    const memberId = identifiers.next('member', now);
    const doors = [door('Room 101'), door('Room 102')] as const;
    return { clock, sealingKey, doors, property, organizationId, memberId, gatewayId };
  });
}
