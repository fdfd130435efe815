import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside `main.js` in the bundled program, and one folder up from this module in the sources. */
const candidates = ['./migrations', '../migrations'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** Where the numbered SQL files are that make the tables, on every engine. */
export function migrationsFolder(): string {
  const found = candidates.find((folder) => existsSync(join(folder, 'meta', '_journal.json')));
  if (found === undefined) throw new Error('The migrations are missing beside the program.');
  return found;
}
