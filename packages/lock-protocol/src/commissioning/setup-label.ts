import { type CryptoProvider, requireSize } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { type LabelFault, LockProtocolError } from '../protocol-error.js';

/** Size of the secret that a lock is made with and that its label shows. */
export const setupSecretSizeBytes = 16;

/** What the label of a lock says to whoever commissions it. */
export interface SetupLabel {
  /** The 8-byte tag with which the lock left the factory; after a reset it has another one. */
  readonly tag: Uint8Array;
  /** 16 random bytes that no other lock has. Whoever knows them and stands inside may commission the lock. */
  readonly secret: Uint8Array;
}

const tagSizeBytes = 8;
const checkSizeBytes = 4;
const start = 'OLP1:';
/** Crockford's base32: no I, L, O or U, so that nothing on a label reads as something else. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const bitsPerLetter = 5;
const secretLetters = ((setupSecretSizeBytes + checkSizeBytes) * 8) / bitsPerLetter;
const hkdfSalt = asciiOf('OLP/1');
const hkdfInfo = asciiOf('setup');

/**
 * The text of a label's QR code: `OLP1:<tag>:<secret and check>`, 54 characters, all of them in the alphanumeric set of
 * QR codes.
 *
 * @throws LockProtocolError `crypto`/`size` for a tag or a secret of another size.
 */
export function encodeSetupLabel(crypto: CryptoProvider, label: SetupLabel): string {
  requireSize(label.tag, tagSizeBytes, 'tag');
  requireSize(label.secret, setupSecretSizeBytes, 'secret');
  const tag = Array.from(label.tag, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${start}${tag.toUpperCase()}:${base32Of(concatBytes(label.secret, checkOf(crypto, label)))}`;
}

/**
 * Reads what was scanned or typed: small letters, spaces and hyphens do not matter, nor an O for a 0, or an I or L for a 1.
 * The check tells a label that was typed wrong from one of another lock, which only the lock itself can tell.
 *
 * @throws LockProtocolError `label`: `kind` for what is no label, `version` for one of a later version, `parts`, `tag` or
 * `secret` for one of the wrong length or letters, `check` for one with a wrong letter in it.
 */
export function parseSetupLabel(crypto: CryptoProvider, text: string): SetupLabel {
  const plain = text.replace(/[\s-]/g, '').toUpperCase();
  if (!plain.startsWith(start)) {
    return /^OLP\d+:/.test(plain)
      ? fail('version', 'This label is of a later version.')
      : fail('kind', 'This is no label of a lock.');
  }
  const parts = plain.replaceAll('O', '0').replace(/[IL]/g, '1').split(':');
  const [, tagText, secretText] = parts;
  if (parts.length !== 3 || tagText === undefined || secretText === undefined) {
    return fail('parts', `A label has 3 parts, not ${parts.length}.`);
  }
  if (!/^[0-9A-F]{16}$/.test(tagText)) return fail('tag', 'The tag of a label has 16 hexadecimal digits.');
  const tag = Uint8Array.from({ length: tagSizeBytes }, (_, at) =>
    Number.parseInt(tagText.slice(at * 2, at * 2 + 2), 16),
  );
  const sealed = bytesOf(secretText);
  if (sealed === undefined) return fail('secret', `The secret of a label has ${secretLetters} letters and digits.`);
  const label = { tag, secret: sealed.slice(0, setupSecretSizeBytes) };
  const check = sealed.subarray(setupSecretSizeBytes);
  if (!checkOf(crypto, label).every((byte, at) => byte === check[at])) {
    return fail('check', 'A letter or digit of the label is wrong.');
  }
  return label;
}

/**
 * The 32 bytes that the handshake of commissioning mixes in: HKDF-SHA-256 (RFC 5869) of the label's secret, with salt
 * `OLP/1` and info `setup`.
 *
 * @throws LockProtocolError `crypto`/`size` for a secret of another size.
 */
export function setupPsk(crypto: CryptoProvider, secret: Uint8Array): Uint8Array {
  requireSize(secret, setupSecretSizeBytes, 'secret');
  return crypto.hmacSha256(crypto.hmacSha256(hkdfSalt, secret), concatBytes(hkdfInfo, Uint8Array.of(1)));
}

function checkOf(crypto: CryptoProvider, { tag, secret }: SetupLabel): Uint8Array {
  return crypto.sha256(concatBytes(asciiOf(start), tag, secret)).slice(0, checkSizeBytes);
}

function base32Of(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((group) => alphabet[Number.parseInt(group, 2)]).join('');
}

function bytesOf(letters: string): Uint8Array | undefined {
  const values = Array.from(letters, (letter) => alphabet.indexOf(letter));
  if (values.length !== secretLetters || values.includes(-1)) return undefined;
  const bits = values.map((value) => value.toString(2).padStart(bitsPerLetter, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (group) => Number.parseInt(group, 2));
}

function asciiOf(text: string): Uint8Array {
  return encodeUtf8(text) ?? new Uint8Array(0);
}

function fail(reason: LabelFault, message: string): never {
  throw new LockProtocolError({ code: 'label', reason }, message);
}
