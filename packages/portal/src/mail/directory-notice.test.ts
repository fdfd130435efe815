import type { DirectoryKind, HeldReason } from '@latchwork/core/directory';
import { directoryKinds } from '@latchwork/core/directory';
import { describe, expect, it } from 'vitest';
import { type DirectoryNotice, renderDirectoryNotice } from './directory-notice.js';

const heldReasons = {
  incomplete: { because: 'incomplete' },
  empty: { because: 'empty' },
  'count-mismatch': { because: 'count-mismatch', counted: 100, distinct: 90 },
  'too-many-removed': { because: 'too-many-removed', removed: 11, allowed: 10 },
  'too-many-removed-lately': { because: 'too-many-removed-lately', removed: 27, allowed: 20 },
  'tenant-changed': { because: 'tenant-changed' },
  'scope-changed': { because: 'scope-changed' },
  'seats-short': { because: 'seats-short', short: 7 },
  'plan-required': { because: 'plan-required' },
} as const satisfies Record<HeldReason['because'], HeldReason>;

const write = (notice: Partial<DirectoryNotice>, organizationName = 'Aurora') =>
  renderDirectoryNotice(organizationName, {
    directory: 'microsoft_365',
    health: 'healthy',
    heldBecause: [],
    ...notice,
  });
const held = (...heldBecause: readonly HeldReason[]) => write({ health: 'held', heldBecause });

describe('the notice of automatic sync', () => {
  it('case 41, S36: says how many licenses are missing, and that nobody was chosen among the new users', () => {
    const { subject, text } = held(heldReasons['seats-short']);
    expect(subject).toBe('Automatic sync of Microsoft 365 at Aurora waits for you');
    expect(text).toContain('7 user licenses are missing');
    expect(text).toContain('None of them was invited, rather than some');
    expect(held({ because: 'seats-short', short: 1 }).text).toContain('1 user license is missing');
  });

  it.each(Object.values(heldReasons))('says why it is held: $because', (reason) => {
    const { text, html } = held(reason);
    const others = Object.values(heldReasons).filter((other) => other !== reason);
    for (const other of others) expect(held(other).text).not.toBe(text);
    for (const number of Object.values(reason).filter((value) => typeof value === 'number')) {
      expect(text).toContain(String(number));
      expect(html).toContain(String(number));
    }
    const isPart = reason.because === 'seats-short' || reason.because === 'plan-required';
    expect(text).toMatch(isPart ? /everything else was carried over/i : /Nothing was changed/);
  });

  it('all reasons at once', () => {
    const { text } = held(...Object.values(heldReasons));
    expect(text.match(/Nothing was changed/g)).toHaveLength(7);
  });

  it.each(['needs_reauthorization', 'quarantined'] as const)('case 43: %s says that nobody was removed', (health) => {
    expect(write({ health }).text).toContain('Nobody was removed for it.');
  });

  it.each(directoryKinds)('names the directory in every health: %s', (directory: DirectoryKind) => {
    const name = { microsoft_365: 'Microsoft 365', google_workspace: 'Google Workspace' } as Record<string, string>;
    for (const health of ['healthy', 'needs_reauthorization', 'quarantined'] as const) {
      const { subject, text } = write({ directory, health });
      expect(subject).toContain(name[directory] ?? 'your SCIM directory');
      expect(text).toContain(name[directory] ?? 'your SCIM directory');
    }
  });

  it('an organization is named in one line, and adds no markup', () => {
    const { subject, html } = write({}, 'Evil\r\nBcc: all@victims.example\u202e<script>');
    expect(subject).not.toMatch(/[\r\n\u202e]/);
    expect(html).not.toContain('<script');
  });
});
