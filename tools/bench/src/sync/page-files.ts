import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { graphPages, type Tenant, type TenantState } from './graph-pages.js';

/** Where the API of Graph is, or would be. */
export const graphBase = 'https://graph.microsoft.com/v1.0';

const lengthBytes = 4;
const largestPage = 2 ** 20;

/** Writes a tenant's pages to a file, so that making them leaves no garbage to whoever is measured. */
export function writePages(folder: string, tenant: Tenant, state: TenantState): void {
  const file = openSync(fileOf(folder, tenant, state), 'w');
  const length = Buffer.alloc(lengthBytes);
  for (const page of graphPages(tenant, state, graphBase)) {
    length.writeUInt32LE(page.byteLength);
    writeSync(file, length);
    writeSync(file, page);
  }
  closeSync(file);
}

/** Reads a tenant's pages one after the other; each lives until the next is asked for. */
export function* readPages(folder: string, tenant: Tenant, state: TenantState): Generator<Uint8Array, void, undefined> {
  const file = openSync(fileOf(folder, tenant, state), 'r');
  const buffer = Buffer.alloc(largestPage);
  while (readSync(file, buffer, 0, lengthBytes, null) === lengthBytes) {
    const length = buffer.readUInt32LE();
    readSync(file, buffer, 0, length, null);
    yield buffer.subarray(0, length);
  }
  closeSync(file);
}

function fileOf(folder: string, { users, turnover }: Tenant, state: TenantState): string {
  return join(folder, `${users}-${turnover}-${state}`);
}
