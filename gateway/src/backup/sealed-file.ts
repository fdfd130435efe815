import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import * as z from 'zod/mini';
import { GatewayError } from '../gateway-error.js';
import type { Secret } from '../secret.js';

const format = 'latchwork-gateway-backup';
// What a guess costs: 128 MB and a good part of a second. A file cannot ask for more.
const cost = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;
const cipher = 'chacha20-poly1305';
const tagBytes = 16;

const sealedSchema = z.object({
  format: z.literal(format),
  v: z.literal(1),
  salt: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  nonce: z.string().check(z.regex(/^[0-9a-f]{24}$/)),
  sealed: z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(4_000_000)),
});

/** Seals a text so that only who has the recovery key reads it, or can change it unseen. */
export async function sealText(text: string, recoveryKey: Secret): Promise<string> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const box = createCipheriv(cipher, await secretOf(recoveryKey, salt), nonce, { authTagLength: tagBytes });
  box.setAAD(Buffer.from(format), { plaintextLength: Buffer.byteLength(text) });
  const sealed = Buffer.concat([box.update(text, 'utf8'), box.final(), box.getAuthTag()]).toString('base64url');
  return `${JSON.stringify({ format, v: 1, salt: salt.toString('hex'), nonce: nonce.toString('hex'), sealed })}\n`;
}

/**
 * Opens {@link sealText}.
 *
 * @throws {@link GatewayError} `backup-unreadable`: it is no backup, it is damaged, or the recovery key is another one; which of the
 * last two, nobody can tell.
 */
export async function openText(text: string, recoveryKey: Secret): Promise<string> {
  const parsed = sealedSchema.safeParse(jsonOf(text));
  if (!parsed.success) throw unreadable('is no backup of a gateway');
  const { salt, nonce, sealed } = parsed.data;
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < tagBytes) throw unreadable('is damaged');
  const secret = await secretOf(recoveryKey, Buffer.from(salt, 'hex'));
  const box = createDecipheriv(cipher, secret, Buffer.from(nonce, 'hex'), { authTagLength: tagBytes });
  const body = bytes.subarray(0, -tagBytes);
  box.setAAD(Buffer.from(format), { plaintextLength: body.length });
  box.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([box.update(body), box.final()]).toString('utf8');
  } catch {
    throw unreadable('is damaged, or the recovery key is another one');
  }
}

const alphabet = '23456789abcdefghjkmnpqrstuvwxyz';

/** Makes a recovery key: 28 characters in groups of four, of which none is mistaken for another; 138 bits. */
export function makeRecoveryKey(): string {
  const characters: string[] = [];
  while (characters.length < 28) {
    for (const byte of randomBytes(32)) {
      // Every character alike: what does not go in evenly is drawn again.
      if (byte < alphabet.length * 8 && characters.length < 28)
        characters.push(alphabet.charAt(byte % alphabet.length));
    }
  }
  return characters.join('').replace(/(.{4})(?=.)/g, '$1-');
}

/** By hand it is typed with other spaces, lines and capitals. */
async function secretOf(recoveryKey: Secret, salt: Uint8Array): Promise<Buffer> {
  const typed = recoveryKey.reveal().toLowerCase().replace(/[\s-]/g, '');
  return await new Promise((resolve, reject) => {
    scrypt(typed, salt, 32, cost, (error, secret) => (error === null ? resolve(secret) : reject(error)));
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(why: string): GatewayError {
  return new GatewayError({ code: 'backup-unreadable' }, `The file ${why}.`);
}
