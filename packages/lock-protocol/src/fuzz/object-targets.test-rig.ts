import { equalBytes } from '../encoding/byte-strings.js';
import { decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { readClaims, readObject, verifyObject } from '../encoding/cose.js';
import { decodeLogHead, type SignedLogHead, signLogHead, verifyLogHead } from '../log/log-head.js';
import { decodeCommandToken, signCommandToken, verifyCommandToken } from '../objects/command-token.js';
import { decodeGrant, type Grant, signGrant } from '../objects/grant.js';
import { verifyGrant } from '../objects/grant-decision.js';
import type { ObjectType } from '../objects/object-type.js';
import {
  decodePropertyCertificate,
  signPropertyCertificate,
  verifyCertificate,
} from '../objects/property-certificate.js';
import { decodeReceipt, signReceipt, verifyReceipt } from '../objects/receipt.js';
import { decodeTimeToken, signTimeToken, verifyTimeToken } from '../objects/time-token.js';
import { epochSeconds } from '../session.test-rig.js';
import { decodeBulletin, signBulletin, verifyBulletin } from '../sets/bulletin.js';
import { decodeSetManifest, signSetManifest, verifySetManifest } from '../sets/set-manifest.js';
import { hex } from './run.test-rig.js';
import { FuzzFault, type FuzzTarget, readerTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

interface SignedKind<Value> {
  readonly name: string;
  readonly type: ObjectType;
  readonly covers: readonly [decode: string, verify: string];
  readonly values: readonly Value[];
  readonly decode: (bytes: Uint8Array) => Value;
  readonly sign: (value: Value) => Uint8Array;
  readonly verify: (bytes: Uint8Array) => { readonly ok: boolean };
}

/** The decoder of a signed object, and the decision of whoever verifies it: only what was signed counts. */
export function signedTargets<Value>(world: FuzzWorld, o: SignedKind<Value>): readonly FuzzTarget[] {
  const { name, type, covers, values, decode, sign, verify } = o;
  const corpus = values.map((value) => world.note(sign(value)));
  const mutate = world.resign(type);
  const verified: FuzzTarget = {
    ...{ name: `verify ${name}`, covers: [covers[1]], corpus, mutate },
    run: (input) => {
      if (!verify(input).ok) return false;
      if (!world.signed.has(hex(input))) throw new FuzzFault('Something verifies that nobody signed.');
      return true;
    },
  };
  const decoded = readerTarget<Value>({
    ...{ name: `decode ${name}`, covers: [covers[0]], corpus, mutate, read: decode },
    // The signature is over these bytes: what has no unknown claims is written in no other ones.
    write: (value) => sign(value),
  });
  const exact: FuzzTarget = {
    ...decoded,
    run: (input) => {
      if (!decoded.run(input)) return false;
      const claims = readClaims(readObject(input));
      const written = readObject(sign(decode(input))).payload;
      const known = readClaims(readObject(sign(decode(input))));
      const isKnown = [...claims.keys()].every((label) => known.has(label));
      if (isKnown && !equalBytes(written, readObject(input).payload)) {
        throw new FuzzFault('One meaning has two encodings.');
      }
      return true;
    },
  };
  return [exact, verified];
}

export function objectTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, tag, challenge, holder, certificates, signers, trust, lockSigning, root } = world;
  const clock = { quality: 'good', utcSeconds: epochSeconds } as const;
  const signer = { publicKey: lockSigning.publicKey, tag };
  const base = { lock: tag, issuedAt: epochSeconds, epoch: 1 };
  const commandId = crypto.randomBytes(8);
  const window = { notBefore: epochSeconds - 60, expires: epochSeconds + 86_400, issuedAt: epochSeconds - 3600 };
  const grant: Grant = {
    ...{ grantId: crypto.randomBytes(8), locks: [tag], ...window, epoch: 1 },
    ...{ holderPublicKey: holder.publicKey, rights: ['unlock', 'local'] },
  };
  const fullGrant: Grant = {
    ...{ ...grant, holder: 'Guest of 12', locks: [tag, crypto.randomBytes(8)], slot: 3, issue: 17 },
    flags: ['user-verify', 'one-shot'],
    rights: ['unlock', 'lock', 'local', 'remote', 'status'],
    schedule: {
      windows: [{ weekdays: 127, startMinute: 0, endMinute: 1440 }],
      offsets: [{ from: epochSeconds - 86_400, offsetMinutes: -60 }],
    },
  };
  const gatewayGrant: Grant = { ...grant, role: 'gateway', rights: ['deliver', 'log', 'status'] };
  const head: SignedLogHead = {
    ...{ ...base, seq: 40, hash: crypto.randomBytes(32), quality: 'good', resets: 1 },
    ...{ newest: 44, overwritten: 7, acknowledged: 9 },
  } as const;
  const revoking = {
    floors: new Map([[1, 4]]),
    revokedGrants: [crypto.randomBytes(8)],
  };
  const manifest = { ...base, revision: 7, digest: crypto.randomBytes(32), count: 12 };
  const withEpoch = <Value>(value: Value) => ({ ...value, epoch: 1 });
  const set = { certificate: certificates.set, epoch: 1, lock: tag };
  const rawObject = world.signedCertificates.cmd;

  return [
    readerTarget({
      ...{ name: 'decode CBOR', covers: ['decodeCbor'], read: (input: Uint8Array) => [decodeCbor(input)] },
      corpus: [
        encodeCbor(new Map<number, never>([])),
        encodeCbor([0, -1, 'text', true, null, crypto.randomBytes(40), [1, [2, [3]]], new Map([[-3, 2 ** 40]])]),
        encodeCbor([0xffff_ffff_ffff_ffffn, -0x1_0000_0000_0000_0000n, 'é']),
        rawObject,
      ],
      ...{ write: ([value]: readonly ReturnType<typeof decodeCbor>[]) => encodeCbor(value ?? null), same: 'exact' },
    }),
    readerTarget({
      ...{
        name: 'read COSE',
        covers: ['readObject', 'readClaims'],
        corpus: [rawObject],
        mutate: world.resign('OLP1-pac'),
      },
      read: (input: Uint8Array) => {
        const object = readObject(input);
        readClaims(object);
        return object;
      },
      ...{
        write: (object: ReturnType<typeof readObject>) =>
          encodeCbor([object.protectedHeader, new Map(), object.payload, object.signature]),
      },
      same: 'exact',
    }),
    {
      ...{ name: 'verify COSE', covers: ['verifyObject'], corpus: [rawObject], mutate: world.resign('OLP1-pac') },
      run: (input) => {
        const claims = verifyObject(crypto, readObject(input), { publicKey: root.publicKey, type: 'OLP1-pac' });
        if (claims && !world.signed.has(hex(input))) throw new FuzzFault('Something verifies that nobody signed.');
        return claims !== undefined;
      },
    },
    ...signedTargets(world, {
      ...{ name: 'property certificate', type: 'OLP1-pac', covers: ['decodePropertyCertificate', 'verifyCertificate'] },
      values: Object.values(certificates),
      decode: decodePropertyCertificate,
      sign: (value) => signPropertyCertificate(crypto, root.secret, value),
      verify: (bytes) => verifyCertificate(crypto, bytes, { trust, clock }),
    }),
    ...signedTargets(world, {
      ...{ name: 'command token', type: 'OLP1-cmd', covers: ['decodeCommandToken', 'verifyCommandToken'] },
      values: [{ ...base, commandId, challenge, action: 'unlock', expires: epochSeconds + 20 } as const].map(withEpoch),
      decode: (bytes) => withEpoch(decodeCommandToken(bytes)),
      sign: (value) => signCommandToken(crypto, signers.cmd.secret, value),
      verify: (bytes) =>
        verifyCommandToken(crypto, bytes, {
          ...{ certificate: certificates.cmd, epoch: 1, lock: tag, challenge, commandId, action: 'unlock', clock },
        }),
    }),
    ...signedTargets(world, {
      ...{ name: 'grant', type: 'OLP1-grant', covers: ['decodeGrant', 'verifyGrant'] },
      values: [grant, { ...fullGrant, flags: ['no-clock-ok'] as const }],
      decode: decodeGrant,
      sign: (value) => signGrant(crypto, signers.grant.secret, value),
      verify: (bytes) =>
        verifyGrant(crypto, bytes, {
          ...{ certificate: certificates.grant, epoch: 1, lock: tag, clock, callerPublicKey: holder.publicKey },
          ...{ right: 'unlock', via: 'local', intent: 'tap' },
        }),
    }),
    ...signedTargets(world, {
      ...{ name: 'other grants', type: 'OLP1-grant', covers: ['decodeGrant', 'verifyGrant'] },
      values: [gatewayGrant],
      decode: decodeGrant,
      sign: (value) => signGrant(crypto, signers.grant.secret, value),
      verify: (bytes) =>
        verifyGrant(crypto, bytes, {
          ...{ certificate: certificates.grant, epoch: 1, lock: tag, clock, callerPublicKey: holder.publicKey },
          ...{ right: 'status', via: 'anywhere', intent: 'staff' },
        }),
    }),
    ...signedTargets(world, {
      ...{ name: 'time token', type: 'OLP1-time', covers: ['decodeTimeToken', 'verifyTimeToken'] },
      values: [{ ...base, challenge }],
      decode: (bytes) => withEpoch(decodeTimeToken(bytes)),
      sign: (value) => signTimeToken(crypto, signers.cmd.secret, value),
      verify: (bytes) =>
        verifyTimeToken(crypto, bytes, {
          ...{ certificate: certificates.cmd, epoch: 1, lock: tag, challenge, connectionAgeMs: 0 },
        }),
    }),
    ...signedTargets(world, {
      ...{ name: 'log head', type: 'OLP1-head', covers: ['decodeLogHead', 'verifyLogHead'] },
      values: [head, { ...head, resets: 0, newest: 40, overwritten: 0, acknowledged: 0 }],
      decode: decodeLogHead,
      sign: (value) => signLogHead(crypto, lockSigning.secret, value),
      verify: (bytes) => verifyLogHead(crypto, bytes, signer),
    }),
    ...signedTargets(world, {
      ...{ name: 'receipt', type: 'OLP1-receipt', covers: ['decodeReceipt', 'verifyReceipt'] },
      values: [
        {
          ...{ ...base, seq: 40, hash: crypto.randomBytes(32), quality: 'stale', resets: 0, revision: 7 },
          digest: crypto.randomBytes(32),
        } as const,
      ],
      decode: decodeReceipt,
      sign: (value) => signReceipt(crypto, lockSigning.secret, value),
      verify: (bytes) => verifyReceipt(crypto, bytes, signer),
    }),
    ...signedTargets(world, {
      ...{ name: 'set manifest', type: 'OLP1-set', covers: ['decodeSetManifest', 'verifySetManifest'] },
      values: [manifest, { ...manifest, ...revoking, minimumClass: 1, leaseSeconds: 86_400 }],
      decode: (bytes) => withEpoch(decodeSetManifest(bytes)),
      sign: (value) => signSetManifest(crypto, signers.set.secret, value),
      verify: (bytes) => verifySetManifest(crypto, bytes, set),
    }),
    ...signedTargets(world, {
      ...{ name: 'bulletin', type: 'OLP1-bulletin', covers: ['decodeBulletin', 'verifyBulletin'] },
      values: [
        { ...base, revision: 8 },
        { ...base, ...revoking, revision: 9, deniedEntries: [2, 300] },
      ],
      decode: (bytes) => withEpoch(decodeBulletin(bytes)),
      sign: (value) => signBulletin(crypto, signers.set.secret, value),
      verify: (bytes) => verifyBulletin(crypto, bytes, set),
    }),
  ];
}
