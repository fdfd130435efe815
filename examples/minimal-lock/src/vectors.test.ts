import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from './cbor.js';
import { verifyCertificate } from './certificate.js';
import { verifyCommandToken } from './command-token.js';
import { createFrameReader, createFrameWriter } from './frames.js';
import { verifyGrant } from './grant.js';
import { chachaOpen, chachaSeal, ed25519Verify, hmacSha256, sha256, x25519, x25519PublicKey } from './primitives.js';
import { RefusalError } from './refusal.js';
import { readSignedObject, type Signing, verifyObject } from './signed-object.js';
import { bytes, cborMap, cborValue, hex, readVectors } from './vectors.test-rig.js';

type Hex = Record<string, string>;
const primitives = readVectors<{
  ed25519: { vectors: Hex[] };
  ed25519Strict: { vectors: { what: string; publicKey: string; message: string; signature: string; valid: boolean }[] };
  x25519: { vectors: Hex[]; iterated: { start: string; after1: string } };
  chacha20poly1305: { vectors: Hex[] };
  hmacSha256: { vectors: Hex[] };
  sha256: { vectors: Hex[] };
}>('primitives');
const part = (vector: Hex, name: string) => bytes(vector[name] ?? '');

describe('primitives.json', () => {
  it.each(primitives.ed25519.vectors)('Ed25519 verifies $message, and no other', (vector) => {
    const message = part(vector, 'message');
    expect(ed25519Verify(part(vector, 'publicKey'), message, part(vector, 'signature'))).toBe(true);
    const other = Uint8Array.of(...message, 0);
    expect(ed25519Verify(part(vector, 'publicKey'), other, part(vector, 'signature'))).toBe(false);
  });

  it.each(primitives.ed25519Strict.vectors)('Ed25519, $what: $valid', ({ publicKey, message, signature, valid }) => {
    expect(ed25519Verify(bytes(publicKey), bytes(message), bytes(signature))).toBe(valid);
  });

  it.each(primitives.x25519.vectors)('X25519 agrees on $shared', (vector) => {
    expect(hex(x25519(part(vector, 'secret'), part(vector, 'publicKey')))).toBe(vector['shared']);
  });

  it('X25519: a public key, and nothing for an all-zero result', () => {
    const { start, after1 } = primitives.x25519.iterated;
    expect(hex(x25519PublicKey(bytes(start)))).toBe(after1);
    expect(x25519(bytes(start), new Uint8Array(32))).toBeUndefined();
  });

  it.each(primitives.chacha20poly1305.vectors)('ChaCha20-Poly1305 $nonce', (vector) => {
    const key = { secret: part(vector, 'secret'), nonce: part(vector, 'nonce'), ad: part(vector, 'ad') };
    const sealed = chachaSeal(key, part(vector, 'plaintext'));
    expect(hex(sealed)).toBe(vector['ciphertext']);
    expect(hex(chachaOpen(key, sealed))).toBe(vector['plaintext']);
    sealed[0] = (sealed[0] ?? 0) ^ 1;
    expect(chachaOpen(key, sealed)).toBeUndefined();
  });

  it('HMAC and hash', () => {
    for (const vector of primitives.hmacSha256.vectors) {
      expect(hex(hmacSha256(part(vector, 'secret'), part(vector, 'data')))).toBe(vector['mac']);
    }
    for (const vector of primitives.sha256.vectors) expect(hex(sha256(part(vector, 'data')))).toBe(vector['digest']);
  });
});

interface Signed {
  readonly signer: 'root' | 'cmd' | 'grant';
  readonly fields: Record<string, unknown>;
  readonly bytes: string;
}
interface GrantVector extends Signed {
  readonly fields: {
    grantId: string;
    locks: string[];
    notBefore: number;
    expires: number;
    issuedAt: number;
    epoch: number;
    holderSuite?: number;
    slot?: number;
    issue?: number;
    flags?: string[];
    schedule?: { windows: Record<string, number>[]; offsets: Record<string, number>[] };
  };
}
const objects = readVectors<{
  publicKeys: Hex;
  cbor: { value: unknown; bytes: string }[];
  cborRefused: { bytes: string; reason: string }[];
  cose: { type: Signing['type']; secret: string; claims: [number, unknown][]; kid: string; bytes: string }[];
  certificates: Signed[];
  tokens: Signed[];
  grants: GrantVector[];
}>('objects');
const publicKey = (name: unknown) => bytes(objects.publicKeys[String(name)] ?? '');
const noClock = { quality: 'none', utcSeconds: 0 } as const;
const fields = (signed: Signed) => signed.fields as Record<string, number & string>;

function certificateOf(signed: Signed, use: number) {
  const { issuedAt = 0, epoch = 0 } = fields(signed);
  const window = { notBefore: issuedAt, expires: issuedAt + 1 };
  return { property: bytes(''), publicKey: publicKey(signed.signer), use, epoch, ...window };
}

describe('objects.json', () => {
  it.each(objects.cbor)('CBOR $bytes', (vector) => {
    expect(hex(encodeCbor(cborValue(vector.value)))).toBe(vector.bytes);
    expect(decodeCbor(bytes(vector.bytes))).toEqual(cborValue(vector.value));
  });

  it.each(objects.cborRefused)('CBOR $bytes is refused: $reason', (vector) => {
    const refused = expect.objectContaining({ info: { code: 'bad-frame', because: vector.reason } });
    expect(() => decodeCbor(bytes(vector.bytes))).toThrow(refused);
  });

  it.each(objects.cose)('COSE $type', ({ type, secret, claims, kid, bytes: signed }) => {
    const object = readSignedObject(bytes(signed));
    const binding = type === 'OLP1-cmd' ? { epoch: 3 } : {};
    expect(hex(object.kid)).toBe(kid);
    expect(verifyObject(object, { type, publicKey: publicKey(secret), ...binding })).toEqual(cborMap(claims));
    const another = { type: 'OLP1-time', publicKey: publicKey(secret), ...binding } as const;
    expect(() => verifyObject(object, another)).toThrow(RefusalError);
  });

  it.each(objects.certificates)('certificate of use $fields.use', (signed) => {
    const { property = '', epoch = 0, notBefore, expires, use, certified } = fields(signed);
    const trust = { rootPublicKey: publicKey('root'), property: bytes(property), epoch };
    const numbers: Record<string, number> = { set: 1, grant: 2, cmd: 3, cert: 4 };
    expect(verifyCertificate(bytes(signed.bytes), trust, noClock)).toEqual({
      property: bytes(property),
      publicKey: publicKey(certified),
      use: numbers[String(use)],
      epoch,
      notBefore,
      expires,
    });
  });

  it.each(objects.tokens)('token to $fields.action', (signed) => {
    const { lock, commandId, action, issuedAt = 0, expires = 0, challenge } = fields(signed);
    expect(verifyCommandToken(readSignedObject(bytes(signed.bytes)), certificateOf(signed, 3))).toEqual({
      kind: 'token',
      lock: bytes(String(lock)),
      issuedAt,
      commandId: bytes(String(commandId)),
      action: { unlock: 1, lock: 2, 'hold-open': 3 }[String(action)],
      challenge: bytes(String(challenge)),
      lifetimeSeconds: expires - issuedAt,
    });
  });

  it.each(objects.grants)('grant $fields.grantId', (signed) => {
    const grant = verifyGrant(readSignedObject(bytes(signed.bytes)), certificateOf(signed, 2), signed.fields.epoch);
    const { grantId, locks, notBefore, expires, issuedAt, holderSuite, slot, issue, flags, schedule } = signed.fields;
    expect(grant).toMatchObject({
      grantId: bytes(grantId),
      locks: locks.map(bytes),
      notBefore,
      expires,
      issuedAt,
      holderPublicKey: publicKey(holderSuite === 2 ? 'p256Holder' : 'holder'),
      issue: slot === undefined ? undefined : { slot, number: issue },
      userVerify: (flags ?? []).includes('user-verify'),
      noClockOk: (flags ?? []).includes('no-clock-ok'),
      oneShot: false,
    });
    expect(grant.schedule).toEqual(
      schedule === undefined
        ? undefined
        : {
            windows: schedule.windows.map(({ weekdays, startMinute, endMinute }) => [weekdays, startMinute, endMinute]),
            offsets: schedule.offsets.map(({ from, offsetMinutes }) => [from, offsetMinutes]),
          },
    );
  });
});

const session = readVectors<{
  warm: { messages: { message: string }[] };
  frames: { mtu: number; firstCounter: number; frames: string[] }[];
}>('session');

describe('session.json', () => {
  it.each(session.frames)('frames at an MTU of $mtu', ({ mtu, firstCounter, frames }) => {
    const message = bytes(session.warm.messages[1]?.message ?? '');
    expect(createFrameWriter(mtu, firstCounter)(message).map(hex)).toEqual(frames);
    const reader = createFrameReader(4096, firstCounter);
    const collected = frames.map((frame) => reader.collect(bytes(frame)));
    expect(collected.pop()).toEqual({ kind: 'message', message: Buffer.from(message) });
    expect(collected.every(({ kind }) => kind === 'more')).toBe(true);
  });
});
