import { open, readFile } from 'node:fs/promises';
import { GatewayError } from '../gateway-error.js';
import { Secret } from '../secret.js';
import { backUp, restore, settingsFile } from './gateway-backup.js';
import { makeRecoveryKey } from './sealed-file.js';

/** How the commands speak to whoever called them. */
export interface BackupSpeech {
  /** On standard output. */
  readonly say: (sentence: string) => void;
  /** On standard error. */
  readonly complain: (sentence: string) => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A recovery key that somebody chose is not too easy to guess. */
const leastCharacters = 16;

/** Runs `backup <file>` or `restore <file>`. @returns the exit code: 2 for a call that is wrong. */
export async function runBackup(
  command: 'backup' | 'restore',
  args: readonly string[],
  o: BackupSpeech & { readonly env: Environment },
): Promise<number> {
  const { env, say, complain } = o;
  const { LATCHWORK_DATA_DIR: dataDir = '', LATCHWORK_RECOVERY_KEY: chosen = '' } = env;
  const [file = '', ...more] = args;
  if (file === '' || more.length > 0 || dataDir === '') {
    complain(`Call it as "LATCHWORK_DATA_DIR=<folder> latchwork-gateway ${command} <file>".`);
    return 2;
  }
  if (chosen === '' ? command === 'restore' : chosen.length < leastCharacters) {
    complain(`LATCHWORK_RECOVERY_KEY must be the recovery key, of ${leastCharacters} characters or more.`);
    return 2;
  }
  try {
    if (command === 'restore') {
      const sealed = await readFile(file, 'utf8');
      const { settings } = await restore({ dataDir, sealed, recoveryKey: new Secret(chosen) });
      say(`The gateway is restored in ${dataDir}. Start it only when the one that it replaces is off.`);
      if (settings.length > 0)
        say(`Its settings are in ${dataDir}/${settingsFile}: move them to where the service reads its own.`);
      return 0;
    }
    const recoveryKey = chosen === '' ? makeRecoveryKey() : chosen;
    const { sealed, files, settings } = await backUp({ dataDir, env, recoveryKey: new Secret(recoveryKey) });
    await writeNew(file, sealed);
    say(`Sealed in ${file}: ${[...files, ...settings].join(', ')}.`);
    if (chosen === '') say(`The recovery key, which is shown only now and is not in the file: ${recoveryKey}`);
    return 0;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (error instanceof GatewayError) complain(error.message);
    else if (code === 'EEXIST') complain(`There is a ${file} already; a backup is written over nothing.`);
    else complain(`The file ${file} cannot be used: ${code}.`);
    return 1;
  }
}

/** Never over another backup. */
async function writeNew(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
