import type { Steps } from '../in-steps.js';
import { loggedText } from './change-text.js';
import type { Statement, Wording, Write } from './store.js';

const loggedAtOnce = 500;

/** Makes the words for writes, in steps; `logged`: also those that go into the log of changes. */
export function* wordingOf(
  writes: readonly Write[],
  {
    inWords,
    logged,
  }: { readonly inWords: (writes: readonly Write[]) => Iterable<Statement>; readonly logged: boolean },
): Steps<Wording> {
  const statements: Statement[] = [];
  for (const statement of inWords(writes)) {
    statements.push(statement);
    yield;
  }
  const texts: string[] = [];
  for (let at = 0; logged && at < writes.length; at += loggedAtOnce) {
    const text = loggedText(writes.slice(at, at + loggedAtOnce));
    if (text !== '') texts.push(text);
    yield;
  }
  return { count: writes.length, statements, logged: texts.join(',') };
}
