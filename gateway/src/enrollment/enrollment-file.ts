import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gatewayEnrollment } from '@latchwork/contract';
import * as z from 'zod/mini';
import { GatewayError } from '../gateway-error.js';

/** What a gateway got when it enrolled, with the key of its certificate; it stays in the data folder. */
export type Enrollment = z.output<typeof enrollmentSchema>;

const enrollmentSchema = z.extend(gatewayEnrollment, {
  v: z.literal(1),
  /** Where the next certificate comes from. */
  portalUrl: z.string(),
  /** PKCS #8, PEM. */
  privateKey: z.string(),
  /** When the certificate was got, by this machine's clock. */
  gotAt: z.number(),
});

function pathIn(dataDir: string): string {
  return join(dataDir, 'enrollment.json');
}

/**
 * Reads it; `undefined` where the gateway never enrolled.
 *
 * @throws {@link GatewayError} `enrollment-damaged`.
 */
export async function readEnrollment(dataDir: string): Promise<Enrollment | undefined> {
  const path = pathIn(dataDir);
  try {
    return z.parse(enrollmentSchema, JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new GatewayError(
      { code: 'enrollment-damaged', path },
      `The enrollment in ${path} cannot be read; enroll this gateway anew.`,
      { cause },
    );
  }
}

/** Puts it in the place of an earlier one: whole or not at all, and for this account alone. */
export async function writeEnrollment(dataDir: string, enrollment: Enrollment): Promise<void> {
  const path = pathIn(dataDir);
  const draft = `${path}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(enrollment, null, 2)}\n`);
    await handle.sync();
    await rename(draft, path);
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}
