import { randomUUID } from 'node:crypto';
import { chmod, link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CryptoProvider, KeyPair } from '@latchwork/lock-protocol';
import { GatewayError } from './gateway-error.js';

/**
 * Loads the gateway's X25519 key pair (packages/lock-protocol/SPEC.md §2) from the data folder, making it on the
 * first start. It lets the gateway speak Noise with locks and carries no right to open any of them.
 *
 * @throws {@link GatewayError} `keys-damaged` when the file is not 64 hex digits.
 */
export async function loadGatewayKeys(dataDir: string, crypto: CryptoProvider): Promise<KeyPair> {
  const path = join(dataDir, 'gateway-x25519.secret');
  const stored = await readStored(path);
  if (stored !== undefined) {
    await chmod(path, 0o600);
    return crypto.x25519KeyPair(stored);
  }
  const made = crypto.x25519KeyPair();
  const draft = `${path}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${Buffer.from(made.secret).toString('hex')}\n`);
    await handle.sync();
    // Whole or not at all, and never over an older pair.
    await link(draft, path);
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
  return made;
}

async function readStored(path: string): Promise<Uint8Array | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (text === undefined) {
    return undefined;
  }
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new GatewayError(
      { code: 'keys-damaged', path },
      `The key file ${path} is damaged; remove it to make a new one.`,
    );
  }
  return new Uint8Array(Buffer.from(text.trim(), 'hex'));
}
