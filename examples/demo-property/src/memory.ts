import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What the demo remembers between two starts: who it signed up, and with which made-up passwords. */
export interface DemoMemory {
  readonly organizationId?: string;
  readonly propertyId?: string;
  readonly gatewayId?: string;
  readonly gatewaySecret?: string;
  readonly owner?: { readonly email: string; readonly password: string };
  readonly housekeeper?: { readonly id: string; readonly email: string; readonly password: string };
  readonly entrances?: Readonly<Record<string, string>>;
  readonly keyId?: string;
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
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
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
