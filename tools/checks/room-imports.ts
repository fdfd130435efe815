// The rooms and what each may import, in one place: biome.json's overrides are made from this list by
// `npx tsx tools/checks/room-imports.ts --write`, and room-imports.test.ts sees every rule fire.
import { readFileSync, writeFileSync } from 'node:fs';

/** What the sources of one room may import. */
export interface Room {
  readonly folder: string;
  /** Other rooms, by the name behind `@latchwork/`. */
  readonly rooms: readonly string[];
  /** Packages outside the workspace, as patterns; `any` leaves them to the room. */
  readonly outside: readonly string[] | 'any';
  /** Single files that may import more from outside. */
  readonly except?: Readonly<Record<string, readonly string[]>>;
}

/** Workspace rooms by folder: which other rooms, and which outside packages, its sources may import. */
export const rooms: Readonly<Record<string, Room>> = {
  core: { folder: 'packages/core', rooms: [], outside: [] },
  'lock-protocol': {
    folder: 'packages/lock-protocol',
    rooms: [],
    outside: ['@noble/**'],
    except: { 'src/crypto/node-crypto.ts': ['node:crypto'] },
  },
  contract: { folder: 'packages/contract', rooms: ['core'], outside: ['zod/mini'] },
  client: {
    folder: 'packages/client',
    rooms: ['contract', 'core'],
    outside: ['ky', 'zod/mini'],
    except: { 'src/oauth/app-sign-in.ts': ['oauth4webapi'] },
  },
  directory: { folder: 'packages/directory', rooms: ['core'], outside: ['jose'] },
  'phone-key': {
    folder: 'packages/phone-key',
    rooms: ['client', 'contract', 'core', 'lock-protocol'],
    outside: [],
  },
  testing: { folder: 'packages/testing', rooms: ['lock-protocol', 'contract', 'core'], outside: 'any' },
  portal: { folder: 'packages/portal', rooms: ['contract', 'core', 'directory', 'lock-protocol'], outside: 'any' },
  gateway: { folder: 'gateway', rooms: ['lock-protocol', 'contract', 'core'], outside: 'any' },
};

/** What a room's own tests may import beyond its sources. */
const forTests = {
  rooms: ['testing', 'phone-key', 'client', 'directory', 'lock-protocol', 'contract', 'core'],
  outside: 'any',
} as const;

function restriction(room: string, allowedRooms: readonly string[], outside: Room['outside']) {
  const tail = allowedRooms.length === 0 ? 'no other room' : allowedRooms.join(', ');
  const own = allowedRooms.flatMap((name) => [`!@latchwork/${name}`, `!@latchwork/${name}/**`]);
  const patterns = [
    {
      group: ['@latchwork/**', ...own],
      message: `${room} may import ${tail}; see the rooms in docs/contributor/architecture.md.`,
    },
    { group: ['**/src/**', '**/dist/**'], message: 'Another room is imported by its package name, never by its path.' },
  ];
  if (outside !== 'any') {
    patterns.push({
      group: ['**', '!./**', '!../**', '!@latchwork/**', ...outside.map((name) => `!${name}`)],
      message: `${room} depends on ${outside.length === 0 ? 'nothing' : outside.join(', ')} outside the workspace.`,
    });
  }
  return { level: 'error', options: { patterns } };
}

function override(includes: readonly string[], rule: ReturnType<typeof restriction>) {
  return { includes, linter: { rules: { style: { noRestrictedImports: rule } } } };
}

/** The overrides of biome.json: later ones win, so tests come after the sources beside them. */
export function importOverrides() {
  return Object.entries(rooms).flatMap(([room, { folder, rooms: allowed, outside, except = {} }]) => [
    override([`${folder}/src/**`], restriction(room, allowed, outside)),
    ...Object.entries(except).map(([file, extra]) =>
      override([`${folder}/${file}`], restriction(room, allowed, [...outside, ...extra])),
    ),
    // What several test files of a room share stands in `*.test-rig.ts` beside them.
    override(
      [`${folder}/src/**/*.test.ts`, `${folder}/src/**/*.test-rig.ts`],
      restriction(`a test of ${room}`, forTests.rooms, forTests.outside),
    ),
  ]);
}

interface ImportOverride {
  readonly linter?: { readonly rules?: { readonly style?: { readonly noRestrictedImports?: unknown } } };
}

if (process.argv.includes('--write')) {
  const config = JSON.parse(readFileSync('biome.json', 'utf8'));
  config.overrides = [
    ...config.overrides.filter(
      (entry: ImportOverride) => entry.linter?.rules?.style?.noRestrictedImports === undefined,
    ),
    ...importOverrides(),
  ];
  writeFileSync('biome.json', `${JSON.stringify(config, null, 2)}\n`);
}
