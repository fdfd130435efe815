import type { DirectoryUser } from '@latchwork/core/directory';
import { DirectoryError } from './directory-error.js';
import type { Gathering } from './gathering.js';

/** So many questions for one user each are worth their time; when more are missing, the lists have to speak for themselves. */
const mostAsked = 2000;

/**
 * Asks for everybody by id who is expected and was on no page. A page that gets lost on the way, while as many others come or
 * go, leaves every count right; only the user's own record tells who is gone from who was lost. Of lists of nobody at all
 * nothing is mended: whoever plans has to see them as they are.
 */
export async function askForMissing(options: {
  readonly expected: Iterable<string> | undefined;
  readonly gathering: Gathering;
  /** The user's record; `null` when there is none any more. */
  readonly ask: (directoryId: string) => Promise<unknown>;
  readonly read: (record: unknown) => DirectoryUser | undefined;
}): Promise<void> {
  const { expected = [], gathering, ask, read } = options;
  if (gathering.seen === 0) return;
  const missing: string[] = [];
  for (const directoryId of expected) {
    if (gathering.has(directoryId)) continue;
    missing.push(directoryId);
    if (missing.length > mostAsked) return;
  }
  for (const directoryId of missing) {
    const record = await ask(directoryId);
    // Whatever else is wrong with a record, its user is there.
    if (record !== null) gathering.see(read(record) ?? { directoryId });
  }
}

/** Turns the refusal that says that there is no such thing into `null`. */
export function nullIfNotFound(error: unknown): null {
  if (error instanceof DirectoryError && error.info.code === 'not-found') return null;
  throw error;
}
