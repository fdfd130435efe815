import { encodeGatewayMessage, type GatewayMessageInput } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { type CryptoProvider, planSetBoxes, signBulletin, signSetManifest } from '@latchwork/lock-protocol';
import type { PropertySigners } from '../access/property-signers.js';
import type { Row } from '../store/store.js';
import type { LockSetEntry } from './lock-set.js';
import type { SetChange } from './set-change.js';

/** What {@link signDesired} puts into words. */
export interface DesiredRequest {
  readonly device: Row<'device'>;
  /** What the lock was told last. */
  readonly row: Row<'lockDesired'> | undefined;
  readonly held: readonly LockSetEntry[];
  readonly wanted: readonly LockSetEntry[];
  readonly change: SetChange;
  /** What a card must prove at the least; 0: nothing. */
  readonly minimumClass: number;
  readonly now: Instant;
}

/**
 * Signs what a lock is to be told, and seals its boxes: the text of the `desired` message. Takes some ten milliseconds. A bulletin
 * that is not followed by another one still goes ahead of the new manifest, for as long as the lock has not proven its removals.
 */
export function signDesired(
  { crypto, signers }: { readonly crypto: CryptoProvider; readonly signers: PropertySigners },
  { device, row, held, wanted, change, minimumClass, now }: DesiredRequest,
): string {
  const { propertyId } = device;
  const tag = bytesOf(device.tag);
  const issuedAt = Math.floor(now / 1000);
  const revokedGrants = change.refused.map(({ id }) => bytesOf(id));
  const of = {
    ...{ lock: tag, issuedAt, epoch: change.set.epoch },
    ...(revokedGrants.length === 0 ? {} : { revokedGrants }),
  };
  const plan = planSetBoxes(crypto, {
    lockPublicKey: bytesOf(device.publicKey),
    tag,
    before: held.map(({ entry }) => entry),
    after: wanted.map(({ entry }) => entry),
  });
  const manifest = signers.signSet(propertyId, ({ secret }) =>
    signSetManifest(crypto, secret, {
      ...{ ...of, revision: change.set.revision },
      ...{ digest: plan.digest, count: plan.count },
      ...(minimumClass === 0 ? {} : { minimumClass }),
    }),
  );
  const { bulletin } = change;
  const signedBulletin =
    bulletin === null
      ? undefined
      : signers.signSet(propertyId, ({ secret }) => signBulletin(crypto, secret, { ...of, ...claimsOf(bulletin) }));
  const carried =
    signedBulletin === undefined
      ? formerBulletin(row)
      : { object: textOf(signedBulletin.signed), certificate: textOf(signedBulletin.certificate) };
  return encodeGatewayMessage('desired', {
    v: 1,
    deviceId: device.id,
    lock: { tag: device.tag, publicKey: device.publicKey },
    standing: change.set,
    proven: row?.proven ?? null,
    ...(carried === undefined ? {} : { bulletin: carried }),
    set: {
      ...change.set,
      manifest: textOf(manifest.signed),
      certificate: textOf(manifest.certificate),
      summaryBefore: plan.summaryBefore.map(hexOf),
      delta: plan.delta.map(textOf),
      summary: plan.summary.map(hexOf),
      buckets: plan.buckets.map((boxes) => boxes.map(textOf)),
      clearances: plan.clearances.map(textOf),
    },
  });
}

/** A bulletin that denies no entries says nothing of them. */
function claimsOf({ revision, deniedEntries }: NonNullable<SetChange['bulletin']>) {
  return { revision, ...(deniedEntries.length === 0 ? {} : { deniedEntries }) };
}

/** The desired message of a row. */
export function desiredOf({ message }: Pick<Row<'lockDesired'>, 'message'>): GatewayMessageInput<'desired'> {
  return JSON.parse(message);
}

function formerBulletin(row: Row<'lockDesired'> | undefined): GatewayMessageInput<'desired'>['bulletin'] {
  return row === undefined || row.leaving.length === 0 ? undefined : desiredOf(row).bulletin;
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
