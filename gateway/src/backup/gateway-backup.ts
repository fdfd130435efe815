import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { openDataDir } from '../data-dir.js';
import { GatewayError } from '../gateway-error.js';
import type { Secret } from '../secret.js';
import { openText, sealText } from './sealed-file.js';

/**
 * The files that make a gateway who it is. What it was doing stays behind: a journal that is put back would tell of commands that
 * ended otherwise since, and what locks shall obey the portal sends anew.
 */
const identityFiles = [
  'gateway-x25519.secret',
  'enrollment.json',
  'lan-certificate.pem',
  'lan-signers.txt',
  'drivers.json',
] as const;
/** Settings without which the replacement is nobody; the rest is of the machine. */
const identitySettings = [
  'LATCHWORK_ORGANIZATION_ID',
  'LATCHWORK_PROPERTY_ID',
  'LATCHWORK_GATEWAY_ID',
  'LATCHWORK_GATEWAY_SECRET',
  'LATCHWORK_MQTT_URL',
] as const;
/** Where restored settings are put down. */
export const settingsFile = 'restored.env';

const contentSchema = z.object({
  files: z.array(z.object({ name: z.enum(identityFiles), text: z.string() })),
  settings: z.array(z.object({ name: z.enum(identitySettings), value: z.string().check(z.regex(/^[^\p{Cc}]*$/u)) })),
});
type Content = z.output<typeof contentSchema>;

/** What was backed up or restored, by name. */
export interface BackupAccount {
  readonly files: readonly string[];
  readonly settings: readonly string[];
}

/**
 * Seals who the gateway is; it may go on running meanwhile, for each of these files is replaced whole.
 *
 * @throws {@link GatewayError} `backup-nothing`: the folder is no gateway's; `backup-nameless`: it never enrolled, and `env` has not
 * all that would say who it is.
 */
export async function backUp(o: {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly recoveryKey: Secret;
}): Promise<BackupAccount & { readonly sealed: string }> {
  const read = await Promise.all(
    identityFiles.map(async (name) => ({ name, text: await textOf(join(o.dataDir, name)) })),
  );
  const files = read.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]));
  if (files.length === 0) {
    throw new GatewayError({ code: 'backup-nothing', path: o.dataDir }, `No gateway has run in ${o.dataDir} yet.`);
  }
  const settings = identitySettings.flatMap((name) => {
    const value = o.env[name] ?? '';
    return value === '' ? [] : [{ name, value }];
  });
  const missing = identitySettings.filter((name) => (o.env[name] ?? '') === '');
  if (missing.length > 0 && !files.some(({ name }) => name === 'enrollment.json')) {
    const names = missing.join(', ');
    const sentence = `This backup would not say who the gateway is: it never enrolled, so call the command with its settings (${names}).`;
    throw new GatewayError({ code: 'backup-nameless', missing }, sentence);
  }
  const content: Content = { files, settings };
  return { ...accountOf(content), sealed: await sealText(JSON.stringify(content), o.recoveryKey) };
}

/**
 * Makes a folder the gateway's that was backed up. It never writes over another gateway's identity, nor while one runs there; what
 * a power cut broke off is done again with the same file.
 *
 * @throws {@link GatewayError} `backup-unreadable`, `restore-occupied`, `data-dir-in-use` or `data-dir-unusable`.
 */
export async function restore(o: {
  readonly dataDir: string;
  readonly sealed: string;
  readonly recoveryKey: Secret;
}): Promise<BackupAccount> {
  const content = contentSchema.parse(JSON.parse(await openText(o.sealed, o.recoveryKey)));
  const lines = content.settings.map(({ name, value }) => `${name}=${value}\n`).join('');
  const wanted = [...content.files, ...(lines === '' ? [] : [{ name: settingsFile, text: lines }])];
  await using dataDir = await openDataDir(o.dataDir);
  for (const { name, text } of wanted) {
    const path = join(dataDir.path, name);
    const there = await textOf(path);
    if (there !== undefined && there !== text) {
      const sentence = `There is another gateway's ${name} in ${dataDir.path} already; restore into an empty folder.`;
      throw new GatewayError({ code: 'restore-occupied', path }, sentence);
    }
  }
  for (const { name, text } of wanted) await put(join(dataDir.path, name), text);
  return accountOf(content);
}

function accountOf({ files, settings }: Content): BackupAccount {
  return { files: files.map(({ name }) => name), settings: settings.map(({ name }) => name) };
}

async function textOf(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** Whole or not at all, for this account alone, and over nothing. */
async function put(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      // An earlier try got so far: it was compared before.
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}
