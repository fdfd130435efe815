import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { PassMessage } from '@latchwork/contract';
import { type CryptoProvider, decodePropertyCertificate } from '@latchwork/lock-protocol';
import { decodeBase64url } from '../base64url.js';
import type { Log } from '../log.js';

/** Whom the property lets sign grants, as far as its gateway was told; kept on its disk for when the WAN is cut. */
export interface LanSigners {
  /** Takes the certificates of what the gateway's own grants are signed with. */
  learn(pass: PassMessage): void;
  /** The public key of the signer with this certificate; undefined: nobody told of it. */
  find(certificate: Uint8Array): { readonly publicKey: Uint8Array; readonly expires: number } | undefined;
  /** Resolves when what was learned is on the disk. */
  settled(): Promise<void>;
}

/** One for today and those before it, which phones may still have grants of. */
const mostCertificates = 4;
const form = /^[A-Za-z0-9_-]{1,4096}$/;

/** Opens what an earlier run has learned; a file that cannot be read counts as none, and the portal tells again. */
export async function openLanSigners(
  dataDir: string,
  o: { readonly crypto: CryptoProvider; readonly log: Log },
): Promise<LanSigners> {
  const path = join(dataDir, 'lan-signers.txt');
  const text = await readFile(path, 'utf8').catch(() => '');
  let certificates: readonly string[] = text.split('\n').filter((line) => form.test(line));
  let writing = Promise.resolve();

  const keep = async (lines: readonly string[]): Promise<void> => {
    const draft = `${path}.${randomUUID()}`;
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${lines.join('\n')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  };
  return {
    learn({ grants }) {
      const told = [...new Set(grants.map(({ certificate }) => certificate))];
      const next = [...certificates.filter((one) => !told.includes(one)), ...told].slice(-mostCertificates);
      if (next.join() === certificates.join()) return;
      certificates = next;
      writing = writing
        .then(() => keep(next))
        .catch((error: unknown) => {
          o.log.error({ err: error }, 'signers of grants not kept');
        });
    },
    find(certificate) {
      const isSame = (one: string) => Buffer.from(decodeBase64url(one)).equals(certificate);
      if (!certificates.some(isSame)) return undefined;
      try {
        const { use, publicKey, expires } = decodePropertyCertificate(certificate);
        return use === 'grant' ? { publicKey, expires } : undefined;
      } catch {
        return undefined;
      }
    },
    settled: async () => await writing,
  };
}
