import { hash, verify } from '@node-rs/argon2';

// argon2id, which the package exports only as an ambient const enum.
const argon2id = 2;
// OWASP's first choice for argon2id: 19 MiB, two passes, one lane; 20–45 ms of a thread outside the event loop.
const parameters = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes a password with argon2id; the text carries its own salt and parameters. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(password, parameters);
}

/**
 * Checks a password. Without an account it does the same work and answers no, so that the time of the answer does not
 * tell whether an e-mail address has an account.
 */
export async function verifyPassword(passwordHash: string | null | undefined, password: string): Promise<boolean> {
  const known = passwordHash ?? (await nobodysHash());
  const right = await verify(known, password);
  return right && typeof passwordHash === 'string';
}

let nobody: Promise<string> | undefined;

function nobodysHash(): Promise<string> {
  nobody ??= hashPassword('nobody');
  return nobody;
}
