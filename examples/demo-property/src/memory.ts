import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { CannotStart } from './preflight.js';

/** A person of the demo. `isSetUp` follows once the portal has taken the password. */
export interface DemoPerson {
  readonly email: string;
  readonly password: string;
  readonly isSetUp?: boolean;
}

/** What the demo remembers between two starts: who it signed up, and with which made-up passwords. */
export interface DemoMemory {
  readonly organizationId?: string;
  readonly propertyId?: string;
  readonly gatewayId?: string;
  readonly gatewaySecret?: string;
  readonly owner?: DemoPerson;
  readonly housekeeper?: DemoPerson & { readonly id: string };
  /** The link of the newest set-up mail to each address. */
  readonly setupLinks?: Readonly<Record<string, string>>;
  readonly entrances?: Readonly<Record<string, string>>;
  readonly keyId?: string;
  readonly integrationId?: string;
}

/** A memory that cannot be read, as one sentence for the person who typed `npm start`. */
function damaged(path: string, cause?: unknown): CannotStart {
  return new CannotStart(`${path} is damaged; remove the data folder to start anew.`, { cause });
}

/** A memory in one file, readable by its owner only, replaced atomically. */
export interface MemoryFile {
  read(): DemoMemory;
  merge(more: DemoMemory): DemoMemory;
}

/** Opens the memory file; a first start begins with an empty one. */
export function openMemory(path: string): MemoryFile {
  let memory: DemoMemory = {};
  try {
    memory = JSON.parse(readFileSync(path, 'utf8')) as DemoMemory;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw damaged(path, error);
  }
  if (typeof memory !== 'object' || memory === null) throw damaged(path);
  return {
    read: () => memory,
    merge(more) {
      memory = { ...memory, ...more };
      writeFileSync(`${path}.new`, JSON.stringify(memory, null, 2), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      return memory;
    },
  };
}
