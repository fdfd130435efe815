import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Why nothing is sent to an address. */
export type AddressRefusal = 'scheme' | 'credentials' | 'address';

/** Decides where webhooks may go, so that nobody reaches into the portal's own network through it. */
export interface AddressGuard {
  /** What of the URL itself forbids it; `undefined`: nothing, and its name is looked at when it is resolved. */
  refusalOf(url: URL): AddressRefusal | undefined;
  /** Resolves a name to allowed addresses only, at the moment of connecting: what was checked is what is connected to. */
  readonly lookup: LookupFunction;
}

/** A range of addresses in CIDR notation. */
export interface Network {
  readonly address: string;
  readonly prefix: number;
}

/** The fault of a name none of whose addresses is allowed. */
export const addressNotAllowed = 'address-not-allowed';

/** What is never sent to unless it is allowed by name: every range that is not the public internet (IANA's registries). */
const privateNetworks: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Of IPv6 only global unicast is public, and of that not the ranges that carry an IPv4 address or are reserved. */
const publicIpv6 = '2000::/3';
const privateIpv6: readonly string[] = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/**
 * Creates the guard. Without allowed networks it lets through https to public addresses alone. An allowed network opens its
 * addresses, and plain http to those of them that are loopback.
 */
export function createAddressGuard(allowed: readonly Network[]): AddressGuard {
  const opened = blockListOf(allowed);
  const closed = blockListOf(privateNetworks.map(readNetworkOrThrow));
  const closedIpv6 = blockListOf(privateIpv6.map(readNetworkOrThrow));
  const globalIpv6 = blockListOf([readNetworkOrThrow(publicIpv6)]);

  const isAllowed = (address: string): boolean => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const mapped = family === 'ipv6' ? ipv4Within(address) : undefined;
    if (mapped !== undefined) return isAllowed(mapped);
    if (opened.check(address, family)) return true;
    return family === 'ipv4'
      ? !closed.check(address, family)
      : globalIpv6.check(address, family) && !closedIpv6.check(address, family);
  };

  return {
    refusalOf: ({ protocol, hostname, username, password }) => {
      const host = hostname.replace(/^\[|\]$/g, '');
      const isHttp = protocol === 'http:';
      if (
        protocol !== 'https:' &&
        !(isHttp && isLoopback(host) && isAllowed(host === 'localhost' ? '127.0.0.1' : host))
      ) {
        return 'scheme';
      }
      if (username !== '' || password !== '') return 'credentials';
      return isIP(host) !== 0 && !isAllowed(host) ? 'address' : undefined;
    },
    lookup: (hostname, options, callback) => {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, []);
        const usable = addresses.filter(({ address }) => isAllowed(address));
        if (usable.length === 0) {
          return callback(Object.assign(new Error('No allowed address.'), { code: addressNotAllowed }), []);
        }
        const [first] = usable;
        if (options.all === true || first === undefined) return callback(null, usable);
        callback(null, first.address, first.family);
      });
    },
  };
}

/** Reads `10.0.0.0/8`, or a single address; `undefined` for anything else. */
export function readNetwork(text: string): Network | undefined {
  const [address = '', prefixText, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return undefined;
  const longest = family === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? longest : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  return prefix >= 0 && prefix <= longest ? { address, prefix } : undefined;
}

function readNetworkOrThrow(text: string): Network {
  const network = readNetwork(text);
  if (network === undefined) throw new TypeError(`${text} is no network.`);
  return network;
}

function blockListOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, prefix } of networks) list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The IPv4 address that an IPv6 address stands for: `::ffff:127.0.0.1`, in whichever notation, and NAT64's. */
function ipv4Within(address: string): string | undefined {
  const { hostname } = new URL(`http://[${address}]`);
  const words = /^\[(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname);
  if (words === null) return undefined;
  const bits = (Number.parseInt(words[1] ?? '', 16) << 16) | Number.parseInt(words[2] ?? '', 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}
