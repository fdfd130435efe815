import { createHmac } from 'node:crypto';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import { PortalError } from '../portal-error.js';
import type { Secret } from '../secret.js';

/** Keeps secrets unreadable in the store: a leak of the database alone gives nothing. */
export interface Sealer {
  /** @param context where the value stands, such as `property_signer/<id>/cmd`; a value moved elsewhere does not open. */
  seal(plain: Uint8Array, context: string): string;
  /** @throws PortalError `sealed-data-unreadable` */
  open(sealed: string, context: string): Uint8Array;
  /**
   * Names a value, the same in every portal of the installation: for what is to be known again and not read. Nobody without
   * the sealing key finds a short secret in it by trying all that there are.
   */
  fingerprint(plain: Uint8Array, context: string): string;
}

const nonceSizeBytes = 12;

/** Creates a sealer (ChaCha20-Poly1305, a fresh nonce per value) from the sealing key: 64 hex digits. */
export function createSealer(crypto: CryptoProvider, sealingKey: Secret): Sealer {
  const secret = new Uint8Array(Buffer.from(sealingKey.reveal(), 'hex'));
  return {
    seal: (plaintext, context) => {
      const nonce = crypto.randomBytes(nonceSizeBytes);
      const ciphertext = crypto.chachaSeal({ secret, nonce, ad: Buffer.from(context), plaintext });
      return Buffer.concat([nonce, ciphertext]).toString('base64url');
    },
    open: (sealed, context) => {
      const bytes = Buffer.from(sealed, 'base64url');
      const nonce = bytes.subarray(0, nonceSizeBytes);
      const ciphertext = bytes.subarray(nonceSizeBytes);
      const plain = crypto.chachaOpen({ secret, nonce, ad: Buffer.from(context), ciphertext });
      if (plain === undefined) throw new PortalError({ code: 'sealed-data-unreadable', what: context });
      return plain;
    },
    fingerprint: (plain, context) => {
      const contextSecret = createHmac('sha256', secret).update(`fingerprint/${context}`).digest();
      return createHmac('sha256', contextSecret).update(plain).digest('base64url');
    },
  };
}

const checkText = 'latchwork';
const checkContext = 'the installation';

/**
 * Sees that the sealing key is the one that the database's secrets are sealed with, also before there are any: of several
 * portals on one database, one with another key must not start.
 *
 * @throws PortalError `sealed-data-unreadable`
 */
export async function checkSealing(
  store: { sealingCheck(make: () => string): Promise<string> },
  sealer: Sealer,
): Promise<void> {
  sealer.open(await store.sealingCheck(() => sealer.seal(Buffer.from(checkText), checkContext)), checkContext);
}
