import { hash, verify } from '@node-rs/argon2';

// argon2id, which the package exports only as an ambient const enum.
const argon2id = 2;
// OWASP's first choice for argon2id: 19 MiB, two passes, one lane; 20–45 ms of a thread outside the event loop.
const parameters = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const currentHash = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

/** Hashes a password with argon2id; the text carries its own salt and parameters. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(sameCharacters(password), parameters);
}

/**
 * Checks a password. Without an account it does the same work and answers no, so that the time of the answer does not
 * tell whether an e-mail address has an account.
 */
export async function verifyPassword(passwordHash: string | null | undefined, password: string): Promise<boolean> {
  const known = passwordHash ?? (await nobodysHash());
  const right = await verify(known, sameCharacters(password));
  return right && typeof passwordHash === 'string';
}

/** Tells whether a hash was made with other parameters than passwords are hashed with now. */
export function isHashOutdated(passwordHash: string): boolean {
  return !currentHash.test(passwordHash);
}

// One letter can be typed as different characters, by keyboard: é as one character or as two.
function sameCharacters(password: string): string {
  return password.normalize('NFKC');
}

let nobody: Promise<string> | undefined;

function nobodysHash(): Promise<string> {
  nobody ??= hashPassword('nobody');
  return nobody;
}
