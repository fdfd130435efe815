import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../gateway-error.js';
import { readJournal } from '../journal-file.js';
import { type Finding, findingsOf } from './finding.js';
import { shellWord } from './remedy.js';

/** How the journal reads. */
export interface JournalFacts {
  readonly path: string;
  readonly state: 'absent' | 'readable' | 'unreadable' | 'last-line-damaged' | 'damaged' | 'other-version';
}

/** A gateway does not start on a journal that it cannot read. */
export function decideJournal({ path, state }: JournalFacts): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('journal');
  const aside = `sudo mv ${shellWord(path)} ${shellWord(`${path}.kept`)} && sudo systemctl restart latchwork-gateway`;
  switch (state) {
    case 'absent':
      return [ok('There is no journal yet.')];
    case 'readable':
      return [ok('The journal can be read.')];
    case 'unreadable':
      return [warning(`This account may not read the journal ${path}.`, `sudo ls -l ${shellWord(path)}`)];
    case 'last-line-damaged':
      return [
        warning(
          `The last line of the journal ${path} is damaged; the gateway drops it when it starts. The disk may be failing.`,
          `sudo cp --archive ${shellWord(path)} ${shellWord(`${path}.kept`)} && sudo dmesg --level=err,warn | tail`,
        ),
      ];
    case 'damaged':
      return [failure(`The journal ${path} is damaged, so the gateway does not start. Keep the file.`, aside)];
    case 'other-version':
      return [failure(`The journal ${path} was written by another version of the gateway. Keep the file.`, aside)];
  }
}

/** Reads the journal as a start of the gateway would, and changes nothing. */
export async function gatherJournal(dataDir: string): Promise<JournalFacts> {
  const path = join(dataDir, 'journal.log');
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (error) {
    return { path, state: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'unreadable' };
  }
  try {
    return { path, state: readJournal(file, path).tail === 'damaged' ? 'last-line-damaged' : 'readable' };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { path, state: error.info.code === 'journal-version' ? 'other-version' : 'damaged' };
  }
}
