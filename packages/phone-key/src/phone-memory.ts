import { type PhoneGrants, phoneGrants } from '@latchwork/contract';
import type { KeyPair } from '@latchwork/lock-protocol';
import { bytesOfHex, hexOf } from './bytes-text.js';
import { PhoneKeyError } from './phone-key-error.js';

/**
 * Where a phone keeps one credential: one text, which holds its secret. Put it where the platform keeps secrets (Keychain, Keystore);
 * not into a backup, or the copy is the same key.
 */
export interface PhoneStorage {
  /** The text that was saved last; `undefined`: none. */
  load(): Promise<string | undefined>;
  /** Replaces the text, whole or not at all; `undefined` removes it. */
  save(text: string | undefined): Promise<void>;
}

/** What a phone knows of itself once it is a `smart_key`. */
export interface PhoneMemory {
  readonly keys: KeyPair;
  /** What grants are renewed with. */
  readonly token: string;
  readonly grants: PhoneGrants;
  /** Whether the portal said that the credential has ended. */
  readonly isEnded: boolean;
}

const version = 1;

/** Writes a key pair that is to become a credential: before its code is used, so that no lost answer leaves a key that nobody has. */
export function encodePendingKeys({ secret, publicKey }: KeyPair): string {
  return JSON.stringify({ v: version, secret: hexOf(secret), publicKey: hexOf(publicKey), isPending: true });
}

/** Reads what {@link encodePendingKeys} wrote; `undefined` for what it did not write. */
export function decodePendingKeys(text: string): KeyPair | undefined {
  const { v, secret, publicKey, isPending } = readJson(text);
  if (v !== version || isPending !== true || !isHex(secret) || !isHex(publicKey)) return undefined;
  return { secret: bytesOfHex(secret), publicKey: bytesOfHex(publicKey) };
}

/** Writes the memory as the storage's text. */
export function encodePhoneMemory({ keys, ...memory }: PhoneMemory): string {
  return JSON.stringify({ v: version, secret: hexOf(keys.secret), publicKey: hexOf(keys.publicKey), ...memory });
}

/**
 * Reads what {@link encodePhoneMemory} wrote.
 *
 * @throws PhoneKeyError `storage-damaged`.
 */
export function decodePhoneMemory(text: string): PhoneMemory {
  const stored = readJson(text);
  const { v, secret, publicKey, token, isEnded } = stored;
  // Those that were kept before they said where gateways are.
  const grants = phoneGrants.safeParse(withoutGateways(stored['grants']));
  if (
    !(v === version && isHex(secret) && isHex(publicKey) && typeof token === 'string') ||
    !(typeof isEnded === 'boolean' && grants.success)
  ) {
    throw new PhoneKeyError({ code: 'storage-damaged' }, 'What the storage holds is no key of a phone.');
  }
  const keys = { secret: bytesOfHex(secret), publicKey: bytesOfHex(publicKey) };
  return { keys, token, grants: grants.data, isEnded };
}

function withoutGateways(grants: unknown): unknown {
  return typeof grants === 'object' && grants !== null ? { lan: [], ...grants } : grants;
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** Reads a storage's text; what is no object has no fields. */
export function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
