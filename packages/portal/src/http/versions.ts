import { createProblem, readIfMatch } from '@latchwork/contract';
import type { ProblemAnswer } from './call.js';

/** The problem of an edit that saw another version than there is now; asked within the command that edits (G23). */
export function checkVersion(
  headers: { readonly 'if-match': string },
  currentVersion: number,
): ProblemAnswer | undefined {
  const seen = readIfMatch(headers['if-match']);
  if (seen === undefined || seen === currentVersion) return undefined;
  return { problem: createProblem('version-stale', { currentVersion }) };
}
