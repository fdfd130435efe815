import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.js';
import { addressTag, clientAddress, networksOf } from './client-address.js';

const proxies = networksOf(['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48']);

describe('where a request comes from', () => {
  it('is its peer, whatever that says, unless the peer is a trusted proxy', () => {
    expect(clientAddress('198.51.100.7', '203.0.113.1', proxies)).toBe('198.51.100.7');
    expect(clientAddress('127.0.0.1', '203.0.113.1', networksOf([]))).toBe('127.0.0.1');
  });

  it('is the last one that no trusted proxy is', () => {
    expect(clientAddress('127.0.0.1', '203.0.113.1', proxies)).toBe('203.0.113.1');
    expect(clientAddress('127.0.0.1', '203.0.113.1, 198.51.100.7, 10.1.2.3', proxies)).toBe('198.51.100.7');
    expect(clientAddress('::ffff:127.0.0.1', '203.0.113.1', proxies)).toBe('203.0.113.1');
    expect(clientAddress('127.0.0.1', undefined, proxies)).toBe('127.0.0.1');
    expect(clientAddress('127.0.0.1', 'unknown', proxies)).toBe('127.0.0.1');
    expect(clientAddress('local', '203.0.113.1', proxies)).toBe('local');
  });

  it('is the whole /64 of an IPv6 address', () => {
    const network = '2001:db8:0:7::/64';
    for (const address of ['2001:db8::7:1:2:3:4', '2001:DB8:0:7::1', '2001:db8:0:7:ffff:ffff:ffff:ffff']) {
      expect(clientAddress(address, undefined, proxies)).toBe(network);
    }
    expect(clientAddress('2001:db8:1::9', '2001:db8:0:7::1', proxies)).toBe(network);
    expect(clientAddress('::1', undefined, proxies)).toBe('0:0:0:0::/64');
  });

  it('is remembered by a tag that says neither the address nor that two accounts share it', () => {
    const secret = new Secret('ab'.repeat(32));
    const tag = addressTag(secret, 'acc_1', '203.0.113.1');
    expect(tag).not.toContain('203');
    expect(addressTag(secret, 'acc_1', '203.0.113.1')).toBe(tag);
    expect(addressTag(secret, 'acc_2', '203.0.113.1')).not.toBe(tag);
    expect(addressTag(new Secret('cd'.repeat(32)), 'acc_1', '203.0.113.1')).not.toBe(tag);
  });
});
