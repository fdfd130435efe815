import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.js';
import { composeMessage } from './mail-message.js';
import type { MailTransport } from './mail-transport.js';

/**
 * Writes each mail as a file into a folder, for a portal without a mail server. The files open accounts: only the
 * portal's own user can read them, and the log names them without saying what is in them.
 */
export function createFileMailTransport(parts: {
  readonly folder: string;
  readonly from: string;
  readonly log: Log;
}): MailTransport {
  const { folder, from, log } = parts;
  return {
    send: async (mail, { beforeEnd }) => {
      const fileName = `${mail.id}.eml`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const unfinished = join(folder, `${fileName}.unfinished`);
        const file = await open(unfinished, 'w', 0o600);
        try {
          await file.writeFile(await composeMessage(mail, from));
          await file.sync();
        } finally {
          await file.close();
        }
        if (!(await beforeEnd())) return { kind: 'not-handed-over', fault: 'withdrawn' };
        await rename(unfinished, join(folder, fileName));
      } catch (error) {
        log.error({ err: error, folder }, 'mail cannot be written');
        return { kind: 'not-handed-over', fault: (error as NodeJS.ErrnoException).code ?? 'internal' };
      }
      log.info({ file: join('mail', fileName) }, 'mail written to a file');
      return { kind: 'sent' };
    },
  };
}
