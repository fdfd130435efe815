import { encodeGatewayMessage, type GatewayMessageInput } from '@latchwork/contract';
import type { DeviceId, GatewayId, Instant } from '@latchwork/core';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { CommittedListener } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { unknownAttempts } from './attempt-truth.js';
import { openReader } from './stored-reader.js';

/** Tells the gateways that are connected here how far the log of each lock was read. */
export interface ReadPublishing {
  /** Sends what each commit of any process changes. */
  readonly heard: CommittedListener;
  /** Sends a gateway that asks all of it. */
  desiring(gatewayId: GatewayId): void;
  /** Sends it to every gateway: changes went by that nobody told of. */
  publishAll(): void;
}

/** Creates it. */
export function createReadPublishing(parts: {
  readonly projection: Projection;
  readonly link: Pick<GatewayLink, 'desire'>;
  readonly clock: Clock;
}): ReadPublishing {
  const { projection, link, clock } = parts;
  /** What this process last published. */
  const published = new Map<DeviceId, string>();

  const desiring = (gatewayId: GatewayId) => {
    const gateway = projection.gateways.get(gatewayId);
    if (gateway === undefined) return;
    for (const device of projection.devices.group(gateway.propertyId)) {
      link.desire(gatewayId, {
        leaf: { read: device.tag },
        text: encodeGatewayMessage('read', readOf(device, projection, clock.now())),
      });
    }
  };
  const publish = (deviceId: DeviceId): void => {
    const device = projection.devices.get(deviceId);
    if (device === undefined) return;
    const text = encodeGatewayMessage('read', readOf(device, projection, clock.now()));
    if (published.get(deviceId) === text) return;
    published.set(deviceId, text);
    for (const { id } of projection.gateways.group(device.propertyId)) {
      link.desire(id, { leaf: { read: device.tag }, text });
    }
  };
  return {
    desiring,
    publishAll: () => {
      for (const { id } of projection.gateways.all()) desiring(id);
    },
    heard: ({ writes }) => {
      for (const write of writes) {
        if (write.table === 'lockReader' && write.op !== 'delete') publish(write.row.deviceId);
        // How an unlock ended is not known: the lock's log may tell.
        if (write.table === 'attempt' && write.row.state === 'unknown' && write.row.deviceId !== null) {
          publish(write.row.deviceId);
        }
        if (write.table !== 'device') continue;
        if (write.op !== 'delete') publish(write.row.id);
        else {
          published.delete(write.row.id);
          for (const { id } of projection.gateways.group(write.row.propertyId)) {
            link.desire(id, { leaf: { read: write.row.tag }, text: null });
          }
        }
      }
    },
  };
}

/** For how long an unlock without a known end is asked after; later it is told when the log happens to be read. */
const askedForMs = 86_400_000;

/** How far the log of a lock was read, and whether an unlock's end is asked for in it. */
export function readOf(
  { id, tag, publicKey }: Row<'device'>,
  projection: Projection,
  now: Instant,
): GatewayMessageInput<'read'> {
  const row = projection.lockReaders.get(id);
  const { cursor, newest } = openReader(row);
  const isAsked = unknownAttempts(projection, id).some(({ endedAt }) => now - (endedAt ?? now) < askedForMs);
  return {
    v: 1,
    deviceId: id,
    lock: { tag, publicKey },
    resets: cursor.resets,
    seq: cursor.seq,
    hash: Buffer.from(cursor.hash).toString('hex'),
    newest: Math.max(cursor.seq, newest.seq, row?.told?.newest ?? 0),
    ...(isAsked ? { asked: true as const } : {}),
  };
}
