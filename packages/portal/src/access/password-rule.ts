import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What an attacker who knows the person would try first. */
export interface PasswordOwner {
  readonly email: string;
  readonly name: string | null;
  readonly organizationNames: readonly string[];
}

/** Why a password is refused: among the most used ones, or little more than the owner's own words. */
export type PasswordFault = 'common' | 'personal';

const fewestCharacters = 4;
/** A word this short is in too many good passwords. */
const shortestWord = 4;
/** What has to be left of a password without the owner's own words, as much as of any password. */
const leastBeside = 8;
/** So many digits and signs before and after a common word do not make it a good password. */
const mostAffixed = 6;

/**
 * Judges a password of the right length: any characters are fine, but not one of the most used passwords, alone or with
 * a few digits and signs around it, and not the owner's e-mail address, name or organization (NIST SP 800-63B, 3.1.1.2).
 */
export function findPasswordFault(password: string, owner: PasswordOwner): PasswordFault | undefined {
  const lower = password.normalize('NFKC').toLowerCase();
  if (new Set(lower).size < fewestCharacters || isCommon(lower)) return 'common';
  let beside = lower;
  for (const word of wordsOf(owner)) beside = beside.replaceAll(word, '');
  const isPersonal = beside !== lower && beside.length < leastBeside;
  return isPersonal ? 'personal' : undefined;
}

function isCommon(lower: string): boolean {
  const common = commonPasswords();
  const word = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return common.has(lower) || (lower.length - word.length <= mostAffixed && common.has(word));
}

/** Longest first: what is left of a longer word is not counted as the owner's. */
function wordsOf({ email, name, organizationNames }: PasswordOwner): readonly string[] {
  const whole = [email, name ?? '', ...organizationNames].map((text) => text.normalize('NFKC').toLowerCase().trim());
  const joined = whole.map((text) => text.replace(/\s+/g, ''));
  const parts = whole.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u));
  const words = [...new Set([...whole, ...joined, ...parts])].filter((word) => word.length >= shortestWord);
  return words.sort((one, other) => other.length - one.length);
}

let common: ReadonlySet<string> | undefined;

function commonPasswords(): ReadonlySet<string> {
  if (common !== undefined) return common;
  // Beside `main.js` in the bundled program, and beside this module in the sources.
  const path = fileURLToPath(new URL('./common-passwords.txt', import.meta.url));
  const lines = readFileSync(path, 'utf8').split('\n');
  common = new Set(lines.filter((line) => line !== '' && !line.startsWith('#')));
  return common;
}
