import type { FakeDirectoryKind } from '@latchwork/testing';
import fc from 'fast-check';

/** What is done to the tenant between two readings. */
export const editKinds = [
  'add',
  'add-guest',
  'rename',
  'move-address',
  'take-address',
  'swap-addresses',
  'disable',
  'enable',
  'soft-delete',
  'restore',
  'remove',
  'recreate',
  'visit',
] as const;

/** One edit; `who` and `other` point at people by their number, whoever they are then. */
export interface TenantEdit {
  readonly edit: (typeof editKinds)[number];
  readonly who: number;
  readonly other: number;
}

/** A day of a tenant: what changes, and how badly it is read then. */
export interface ChaosRound {
  readonly edits: readonly TenantEdit[];
  /** How likely a request gets a fault, 0…1. */
  readonly rate: number;
  readonly hours: number;
}

/** Everything that decides how a run goes. */
export interface ChaosHistory {
  readonly kind: FakeDirectoryKind;
  readonly seed: number;
  readonly people: number;
  /** The server's pages, so that a small tenant has several. */
  readonly pageSize: number;
  readonly cursors: boolean;
  /** Whether unchanged records are passed over by their fingerprints. */
  readonly fingerprints: boolean;
  readonly rounds: readonly ChaosRound[];
}

/** Histories of small tenants; small ones, because everything that can go wrong between two pages needs only two. */
export const anyHistory: fc.Arbitrary<ChaosHistory> = fc.record({
  kind: fc.constantFrom('microsoft_365', 'google_workspace', 'scim'),
  seed: fc.nat(0x7fffffff),
  people: fc.integer({ min: 2, max: 24 }),
  pageSize: fc.integer({ min: 2, max: 9 }),
  cursors: fc.boolean(),
  fingerprints: fc.boolean(),
  rounds: fc.array(
    fc.record({
      edits: fc.array(fc.record({ edit: fc.constantFrom(...editKinds), who: fc.nat(40), other: fc.nat(40) }), {
        maxLength: 4,
      }),
      rate: fc.constantFrom(0, 0.05, 0.2, 0.5),
      hours: fc.integer({ min: 1, max: 72 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});
