import { randomBytes } from 'node:crypto';
import { encodeGatewayMessage, type GatewayMessageInput, mostPassGrants } from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';
import { mostGrantLocks } from '@latchwork/lock-protocol';
import type { PropertySigners } from '../access/property-signers.js';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { CommittedListener } from '../ledger.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** Gives the gateways that are connected here the right to read the logs of their locks. */
export interface GrantPublishing {
  /** Gives new grants where a commit of any process changes for which locks, or which key. */
  readonly heard: CommittedListener;
  /** Gives a gateway that asks its grants. */
  desiring(gatewayId: GatewayId): void;
  /** Gives every gateway its grants: changes went by that nobody told of. */
  publishAll(): void;
  /** Gives new grants in the place of those that are half over. */
  renew(): void;
}

/** What it stands on. */
export interface GrantPublishingParts {
  readonly projection: Projection;
  readonly signers: Pick<PropertySigners, 'signGrant'>;
  readonly link: Pick<GatewayLink, 'desire'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** For how long a gateway reads without hearing of the portal; what it reads meanwhile waits in it. */
export const passLifeMs = 7 * 86_400_000;
/** A lock's clock may be behind the portal's. */
const clockSlackMs = 300_000;
const mostLocks = mostGrantLocks * mostPassGrants;

interface Given {
  /** What the grants were signed for; another text needs others. */
  readonly base: string;
  readonly text: string;
  readonly renewAt: number;
}

/** Creates it. Grants are signed when a gateway is to be given them and are in no database: they open nothing. */
export function createGrantPublishing(parts: GrantPublishingParts): GrantPublishing {
  const { projection, signers, link, clock, log } = parts;
  /** Gateways that have asked here, with what they were given. */
  const given = new Map<GatewayId, Given | undefined>();

  const sign = (gateway: Row<'gateway'>, publicKey: string, tags: readonly string[]): string => {
    const now = clock.now();
    const grants: GatewayMessageInput<'pass'>['grants'][number][] = [];
    for (let from = 0; from < Math.min(tags.length, mostLocks); from += mostGrantLocks) {
      const locks = tags.slice(from, from + mostGrantLocks);
      const expires = Math.floor((now + passLifeMs) / 1000);
      const { token, certificate } = signers.signGrant(gateway.propertyId, {
        grantId: randomBytes(8),
        locks: locks.map(bytesOf),
        issuedAt: Math.floor(now / 1000),
        notBefore: Math.floor((now - clockSlackMs) / 1000),
        expires,
        holderPublicKey: bytesOf(publicKey),
        role: 'gateway',
        rights: ['status', 'log'],
        // What a lock without a clock has written down is wanted most of all.
        flags: ['no-clock-ok'],
      });
      grants.push({ locks, object: textOf(token), certificate: textOf(certificate), expiresAt: expires * 1000 });
    }
    return encodeGatewayMessage('pass', { v: 1, grants });
  };

  const give = (gatewayId: GatewayId, isAsked = false): void => {
    const gateway = projection.gateways.get(gatewayId);
    if (gateway?.publicKey == null) return;
    const tags = projection.devices.group(gateway.propertyId).map(({ tag }) => tag);
    const base = [gateway.publicKey, ...tags].join();
    const before = given.get(gatewayId);
    const isSame = before?.base === base && clock.now() < before.renewAt;
    if (isSame && !isAsked) return;
    try {
      const text = isSame ? before.text : sign(gateway, gateway.publicKey, tags);
      given.set(gatewayId, { base, text, renewAt: isSame ? before.renewAt : clock.now() + passLifeMs / 2 });
      link.desire(gatewayId, { leaf: 'pass', text });
    } catch (error) {
      log.error({ err: error, gatewayId }, 'gateway given no grants');
    }
  };
  const giveAll = (): void => {
    for (const gatewayId of given.keys()) give(gatewayId);
  };

  return {
    desiring: (gatewayId) => {
      if (!given.has(gatewayId)) given.set(gatewayId, undefined);
      give(gatewayId, true);
    },
    publishAll: () => {
      for (const gatewayId of given.keys()) give(gatewayId, true);
    },
    renew: giveAll,
    heard: ({ writes }) => {
      for (const write of writes) {
        if (write.table === 'gateway' && write.op === 'delete') given.delete(write.row.id);
        else if (write.table === 'gateway' && given.has(write.row.id)) give(write.row.id);
        if (write.table !== 'device' || write.op === 'update') continue;
        for (const { id } of projection.gateways.group(write.row.propertyId)) if (given.has(id)) give(id);
      }
    },
  };
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
