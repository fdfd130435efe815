import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import { clientAddress, networksOf } from '../access/client-address.js';

/** Tells where requests come from, as far as connections and trusted proxies tell. */
export interface AddressReader {
  ofRequest(request: IncomingMessage): string;
  /** Requests that a test hands over without a network come from nowhere in particular. */
  ofContext(context: Context): string;
}

/** Creates the reader. */
export function createAddressReader(trustedProxies: readonly string[]): AddressReader {
  const trusted = networksOf(trustedProxies);
  const ofRequest = ({ socket, headers }: IncomingMessage): string => {
    const forwarded = headers['x-forwarded-for'];
    const heard = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
    return clientAddress(socket.remoteAddress ?? 'unknown', heard, trusted);
  };
  return {
    ofRequest,
    ofContext: ({ env }) =>
      env !== undefined && 'incoming' in env ? ofRequest(env.incoming as IncomingMessage) : 'local',
  };
}
