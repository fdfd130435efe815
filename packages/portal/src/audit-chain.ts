import { createHash } from 'node:crypto';
import type { OrganizationId } from '@latchwork/core';
import type { Reader, Row } from './store/store.js';

/** Chains one audit entry to the hash before it: SHA-256 over the previous hash, a line feed and the entry's text. */
export function auditHash(previousHash: string, entry: string): string {
  return createHash('sha256').update(previousHash).update('\n').update(entry).digest('hex');
}

/** Whether an audit chain is whole, and if not, at which entry it first is not. */
export type AuditVerdict =
  | { readonly whole: true; readonly entries: number; readonly hash: string }
  | { readonly whole: false; readonly seq: number; readonly because: 'missing' | 'edited' };

/** Follows the hashes of a chain from its first entry, given in order. */
export function verifyAudit(entries: readonly Pick<Row<'auditEntry'>, 'seq' | 'entry' | 'hash'>[]): AuditVerdict {
  let hash = '';
  for (const [index, { seq, entry, hash: claimed }] of entries.entries()) {
    if (seq !== index + 1) return { whole: false, seq: index + 1, because: 'missing' };
    hash = auditHash(hash, entry);
    if (hash !== claimed) return { whole: false, seq, because: 'edited' };
  }
  return { whole: true, entries: entries.length, hash };
}

/** Reads an organization's whole audit, oldest first. */
export async function readAudit(
  store: Pick<Reader, 'audit'>,
  organizationId: OrganizationId,
): Promise<readonly Row<'auditEntry'>[]> {
  const entries: Row<'auditEntry'>[] = [];
  for (;;) {
    const page = await store.audit(organizationId, { after: entries.at(-1)?.seq, limit: 1000 });
    entries.push(...page);
    if (page.length < 1000) return entries;
  }
}
