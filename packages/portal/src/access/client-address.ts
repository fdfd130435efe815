import { createHmac } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Secret } from '../secret.js';

/** Makes a set of addresses out of addresses and networks such as `10.0.0.0/8`. */
export function networksOf(list: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const item of list) {
    const [address = '', bits] = item.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) networks.addAddress(address, family);
    else networks.addSubnet(address, Number(bits), family);
  }
  return networks;
}

/**
 * Tells where a request comes from: its peer, or, as far as trusted proxies hand it on, whom they heard it from. What an
 * untrusted peer says of itself is not looked at.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: BlockList): string {
  const heard = (forwardedFor ?? '').split(',').map((item) => item.trim());
  let address = plain(peer);
  for (let next = heard.pop(); next && isIP(next) !== 0 && isTrusted(address, trusted); next = heard.pop()) {
    address = plain(next);
  }
  return networkOf(address);
}

/** The tag by which an account remembers an address: without the portal's secret it does not tell the address. */
export function addressTag(sealingKey: Secret, accountId: string, address: string): string {
  return createHmac('sha256', Buffer.from(sealingKey.reveal(), 'hex'))
    .update(`known-address\n${accountId}\n${address}`)
    .digest('base64url')
    .slice(0, 22);
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** An IPv4 address that came over IPv6 is an IPv4 address. */
function plain(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** Whoever has an IPv6 address has its whole /64, so that one is counted. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...front, ...Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
