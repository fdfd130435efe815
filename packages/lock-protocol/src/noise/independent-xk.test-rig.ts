import { createCipheriv, createECDH, createHash, createHmac, type ECDH } from 'node:crypto';

/** What a session of suite 2 is made of: secrets in hex, and the payload of each message in turn. */
export interface IndependentSession {
  readonly prologue: Buffer;
  readonly callerStatic: string;
  readonly callerEphemeral: string;
  readonly lockStatic: string;
  readonly lockEphemeral: string;
  /** Payloads of message 1, 2 and 3, then of the records, with who sends each. */
  readonly payloads: readonly { readonly from: 'caller' | 'lock'; readonly payload: string }[];
}

const name = Buffer.from('Noise_XK_P256_AESGCM_SHA256', 'ascii');

/**
 * `Noise_XK_P256_AESGCM_SHA256` written down step by step, as a reader of Noise and of SPEC §9 would, on `node:crypto`
 * alone: it shares no line with the machine that it checks, knows both sides' secrets, and only writes.
 */
export function writeIndependently(session: IndependentSession): {
  readonly messages: readonly string[];
  readonly handshakeHash: string;
} {
  const { callerStatic, callerEphemeral, lockStatic, lockEphemeral } = session;
  const [s, e, rs, re] = [callerStatic, callerEphemeral, lockStatic, lockEphemeral].map(pairOf) as [
    ECDH,
    ECDH,
    ECDH,
    ECDH,
  ];
  const payloads = session.payloads.map(({ payload }) => Buffer.from(payload, 'hex'));
  const [first, second, third, ...records] = payloads as [Buffer, Buffer, Buffer, ...Buffer[]];

  // The name is shorter than a hash, so it is the first hash itself, padded with zeros.
  let h: Buffer = Buffer.concat([name, Buffer.alloc(32 - name.length)]);
  let ck: Buffer = h;
  let k: Buffer = Buffer.alloc(0);
  let n = 0n;
  const mixHash = (data: Buffer): void => {
    h = createHash('sha256').update(h).update(data).digest();
  };
  const mixKey = (material: Buffer): void => {
    [ck, k] = hkdf(ck, material);
    n = 0n;
  };
  const encryptAndHash = (plaintext: Buffer): Buffer => {
    const sealed = seal(k, n, { ad: h, plaintext });
    n += 1n;
    mixHash(sealed);
    return sealed;
  };

  mixHash(session.prologue);
  mixHash(publicKeyOf(rs));

  mixHash(publicKeyOf(e));
  mixKey(e.computeSecret(publicKeyOf(rs)));
  const message1 = Buffer.concat([publicKeyOf(e), encryptAndHash(first)]);

  mixHash(publicKeyOf(re));
  mixKey(re.computeSecret(publicKeyOf(e)));
  const message2 = Buffer.concat([publicKeyOf(re), encryptAndHash(second)]);

  const sealedStatic = encryptAndHash(publicKeyOf(s));
  mixKey(s.computeSecret(publicKeyOf(re)));
  const message3 = Buffer.concat([sealedStatic, encryptAndHash(third)]);

  const [fromCaller, fromLock] = hkdf(ck, Buffer.alloc(0));
  const counters = { caller: 0n, lock: 0n };
  const sealed = records.map((plaintext, index) => {
    const from = session.payloads[index + 3]?.from ?? 'lock';
    const record = seal(from === 'caller' ? fromCaller : fromLock, counters[from], { ad: Buffer.alloc(0), plaintext });
    counters[from] += 1n;
    return record;
  });
  return {
    messages: [message1, message2, message3, ...sealed].map((bytes) => bytes.toString('hex')),
    handshakeHash: h.toString('hex'),
  };
}

function pairOf(secret: string): ECDH {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(secret, 'hex');
  return pair;
}

function publicKeyOf(pair: ECDH): Buffer {
  return pair.getPublicKey(null, 'compressed');
}

function hkdf(salt: Buffer, material: Buffer): [Buffer, Buffer] {
  const temporary = createHmac('sha256', salt).update(material).digest();
  const one = createHmac('sha256', temporary).update(Buffer.of(1)).digest();
  return [one, createHmac('sha256', temporary).update(one).update(Buffer.of(2)).digest()];
}

function seal(key: Buffer, counter: bigint, o: { readonly ad: Buffer; readonly plaintext: Buffer }): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(counter, 4);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(o.ad);
  return Buffer.concat([cipher.update(o.plaintext), cipher.final(), cipher.getAuthTag()]);
}
