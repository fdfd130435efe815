import { describe, expect, it } from 'vitest';
import { type AddressGuard, createAddressGuard, readNetwork } from './address-guard.js';

const closed = createAddressGuard([]);
const local = createAddressGuard([{ address: '127.0.0.0', prefix: 8 }]);

function refusal(guard: AddressGuard, url: string) {
  return guard.refusalOf(new URL(url));
}

function resolved(guard: AddressGuard, name: string): Promise<string> {
  return new Promise((resolve) => {
    guard.lookup(name, { all: true }, (error, addresses) => {
      resolve(error === null ? JSON.stringify(addresses) : (error.code ?? 'error'));
    });
  });
}

describe('where webhooks may go', () => {
  it.each([
    'https://93.184.216.34/hook',
    'https://[2606:2800:220:1:248:1893:25c8:1946]/',
    'https://receiver.example:8443/hook?tenant=1',
  ])('to %s', (url) => {
    expect(refusal(closed, url)).toBeUndefined();
  });

  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://172.31.255.255/',
    'https://192.168.0.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001:0:7f00:1::]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fc00::1]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
  ])('not to %s', (url) => {
    expect(refusal(closed, url)).toBe('address');
  });

  it.each(['http://receiver.example/', 'http://93.184.216.34/', 'ftp://receiver.example/', 'file:///etc/passwd'])(
    'only by https, not %s',
    (url) => {
      expect(refusal(local, url)).toBe('scheme');
    },
  );

  it('by plain http to this machine alone, and only where that is allowed', () => {
    for (const url of ['http://127.0.0.1:8080/', 'http://localhost:8080/']) {
      expect(refusal(closed, url)).toBe('scheme');
      expect(refusal(local, url)).toBeUndefined();
    }
    expect(refusal(createAddressGuard([{ address: '10.0.0.0', prefix: 8 }]), 'http://10.0.0.1/')).toBe('scheme');
  });

  it('to an allowed network, and to no other', () => {
    const guard = createAddressGuard([{ address: '10.20.0.0', prefix: 16 }]);
    expect(refusal(guard, 'https://10.20.3.4/')).toBeUndefined();
    expect(refusal(guard, 'https://[::ffff:10.20.3.4]/')).toBeUndefined();
    expect(refusal(guard, 'https://10.21.3.4/')).toBe('address');
    expect(refusal(guard, 'https://169.254.169.254/')).toBe('address');
  });

  it('never with a password in the address', () => {
    expect(refusal(closed, 'https://user:secret@receiver.example/')).toBe('credentials');
  });

  it('a name is worth what it resolves to: only allowed addresses come out', async () => {
    expect(await resolved(closed, 'localhost')).toBe('address-not-allowed');
    expect(await resolved(local, 'localhost')).toBe('[{"address":"127.0.0.1","family":4}]');
  });
});

describe('a network as the operator writes it', () => {
  it.each([
    ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8 }],
    ['fd00::/8', { address: 'fd00::', prefix: 8 }],
    ['127.0.0.1', { address: '127.0.0.1', prefix: 32 }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0 }],
  ])('%s', (text, network) => {
    expect(readNetwork(text)).toEqual(network);
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0/8', '::/129'])('%j is none', (text) => {
    expect(readNetwork(text)).toBeUndefined();
  });
});
