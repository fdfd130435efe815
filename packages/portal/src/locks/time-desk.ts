import type { TimeMessage } from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';
import type { PropertySigners } from '../access/property-signers.js';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import { deviceName } from '../store/row-indexes.js';

/** What time tokens stand on. */
export interface TimeDeskParts {
  readonly projection: Projection;
  readonly signers: Pick<PropertySigners, 'signTime'>;
  readonly link: Pick<GatewayLink, 'send'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Answers gateways that ask for the time over the nonce of a live connection. A token is good on that connection alone and opens
 * nothing; it is given for the locks of the gateway's own property.
 */
export function createTimeDesk(parts: TimeDeskParts): (gatewayId: GatewayId, message: TimeMessage) => void {
  const { projection, signers, link, clock, log } = parts;
  return (gatewayId, { tag, challenge }) => {
    const gateway = projection.gateways.get(gatewayId);
    if (gateway === undefined) return;
    const { propertyId } = gateway;
    if (projection.devices.byUnique(deviceName({ propertyId, tag })) === undefined) {
      log.warn({ gatewayId }, 'time token refused');
      link.send(gatewayId, { v: 1, type: 'time-refused', tag, challenge, code: 'unknown-lock' });
      return;
    }
    const { token, certificate } = signers.signTime(propertyId, {
      lock: bytesOf(tag),
      issuedAt: Math.floor(clock.now() / 1000),
      challenge: bytesOf(challenge),
    });
    link.send(gatewayId, {
      ...{ v: 1, type: 'time-token', tag, challenge },
      token: Buffer.from(token).toString('base64url'),
      certificate: Buffer.from(certificate).toString('base64url'),
    });
  };
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
