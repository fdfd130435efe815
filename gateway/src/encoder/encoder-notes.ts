import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder } from '../data-dir.js';

/**
 * Which cards this encoder was writing: a file for each, on the disk before the card hears its first command and gone when the card
 * has proven what it holds. No secret and no card's number stands in it.
 */
export interface EncoderNotes {
  /** The labels of cards that were not finished, of this run or of one that died. */
  unfinished(): Promise<readonly string[]>;
  begin(keyCardId: string, label: string): Promise<void>;
  end(keyCardId: string): Promise<void>;
}

/**
 * Opens the notes in the encoder's data folder, and makes it where there is none.
 *
 * @throws GatewayError `data-dir-unusable`.
 */
export async function openEncoderNotes(dataDir: string): Promise<EncoderNotes> {
  const folder = join(dataDir, 'encoder');
  await makePrivateFolder(folder);
  const settle = async () => {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  return {
    unfinished: async () => {
      const names = (await readdir(folder)).sort();
      return await Promise.all(names.map(async (name) => await readFile(join(folder, name), 'utf8')));
    },
    begin: async (keyCardId, label) => {
      const handle = await open(join(folder, keyCardId), 'w', 0o600);
      try {
        await handle.writeFile(label);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await settle();
    },
    end: async (keyCardId) => {
      await rm(join(folder, keyCardId), { force: true });
      await settle();
    },
  };
}
