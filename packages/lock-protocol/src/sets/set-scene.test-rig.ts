import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { decodeStatus, type LockStatus } from '../lock/lock-status.js';
import type { OperationAnswer, OperationName } from '../lock/operation-message.js';
import { openRawCaller } from '../lock/raw-caller.test-rig.js';
import { encodeRequest } from '../message.js';
import { decideReceipt, type Receipt, verifyReceipt } from '../objects/receipt.js';
import {
  createDoor,
  createFakeTime,
  createProperty,
  type Door,
  type DoorStorage,
  type RigLink,
} from '../session.test-rig.js';
import type { SetCapacity } from './set-bank.js';
import { decodeSetBeginning, type SetBeginning } from './set-message.js';
import { createSetProperty, type PublishedSet } from './set-property.test-rig.js';

const nothing = new Uint8Array(0);

/** Somebody's visit to a door. */
export interface SetVisit {
  readonly link: RigLink;
  ask(name: OperationName, body?: Uint8Array, certificate?: Uint8Array): Promise<OperationAnswer | undefined>;
  /** The code of set-begin, or how it began. */
  begin(set: PublishedSet): Promise<SetBeginning | string>;
  put(box: Uint8Array): Promise<string>;
  /** What set-commit said, and the receipt when it is the lock's own and proves the set. */
  commit(): Promise<{ readonly code: string; readonly receipt?: Receipt }>;
}

/** A door that keeps sets, its property, and visitors who show no grant. */
export function createSetScene(
  o: { readonly crypto?: CryptoProvider; readonly setCapacity?: SetCapacity; readonly storage?: DoorStorage } = {},
) {
  const { crypto = createNodeCrypto(), setCapacity, storage } = o;
  const time = createFakeTime();
  const property = createProperty(crypto);
  const identity = crypto.x25519KeyPair();
  const tag = crypto.randomBytes(8);
  /** This door's lock, switched on with whatever is in that storage. */
  const switchedOn = (own: DoorStorage | undefined): Door =>
    createDoor({
      ...{ crypto, time, trust: property.trust, identity, tag },
      ...(setCapacity ? { setCapacity } : {}),
      ...(own ? { storage: own } : {}),
    });
  const door = switchedOn(storage);
  const sets = createSetProperty(crypto, property, { lockPublicKey: door.publicKey, tag: door.tag });
  const caller = crypto.x25519KeyPair();

  const visit = async (at: Door = door): Promise<SetVisit> => {
    const link = at.connect();
    const raw = await openRawCaller({ crypto, link, lockPublicKey: at.publicKey, caller });
    const ask: SetVisit['ask'] = (name, body = nothing, certificate) =>
      raw.ask(encodeRequest({ ...(certificate ? { certificate } : {}), operation: { name, body } }));
    return {
      ...{ link, ask },
      async begin({ carried }) {
        const answer = await ask('set-begin', carried.manifest, carried.certificate);
        return answer?.code === 'ok' ? decodeSetBeginning(answer.body) : (answer?.code ?? 'ended');
      },
      put: async (box) => (await ask('set-put', box))?.code ?? 'ended',
      async commit() {
        const answer = await ask('set-commit');
        if (answer?.code !== 'ok') return { code: answer?.code ?? 'ended' };
        return { code: 'ok', receipt: receiptOf(answer.body) };
      },
    };
  };
  const receiptOf = (body: Uint8Array): Receipt => {
    const decision = verifyReceipt(crypto, body, { publicKey: door.signingPublicKey, tag: door.tag });
    if (!decision.ok) throw new Error(`The receipt is refused: ${decision.code}`);
    return decision.statement;
  };
  /** Brings a whole revision in a visit of its own. */
  const bring = async (set: PublishedSet): Promise<Receipt> => {
    const { link, begin, put, commit } = await visit();
    const beginning = await begin(set);
    if (beginning === 'begun' || beginning === 'resumed') {
      for (const box of set.carried.buckets.flat()) await put(box);
    }
    const { receipt, code } = await commit();
    link.close();
    if (!receipt || !decideReceipt(receipt, set).ok) throw new Error(`The set was not applied: ${beginning}, ${code}`);
    return receipt;
  };
  /** What the lock says of itself. */
  const status = async (): Promise<LockStatus> => {
    const link = door.connect();
    const raw = await openRawCaller({ crypto, link, lockPublicKey: door.publicKey, caller });
    const grant = property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey, rights: ['status'] });
    const certificate = property.certificates.grant;
    const answer = await raw.ask(encodeRequest({ grant, certificate, operation: { name: 'status', body: nothing } }));
    link.close();
    return decodeStatus(answer?.body ?? nothing);
  };
  return { crypto, time, property, door, switchedOn, sets, caller, visit, receiptOf, bring, status };
}
