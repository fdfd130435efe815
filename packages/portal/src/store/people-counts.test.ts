import { planSync } from '@latchwork/core/directory';
import { licenseUsage } from '@latchwork/core/people';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesStateOf, directoryStateOf } from '../directory/directory-state-view.js';
import { digest } from '../directory/sync-planning.js';
import { instant } from '../harness/store-rows.test-rig.js';
import { peopleStateOf } from '../people/people-view.js';
import { createProjection, type Projection } from './projection.js';
import type { ProjectionContent } from './projection-content.js';
import { type ProjectedTable, projectedTables, type Row, type Write } from './store.js';

const organizations = ['org_1', 'org_2'].map(
  (id) =>
    ({ id, kind: 'organization', schemes: ['workplace'], plan: 'pro', licenses: 5 }) as never as Row<'organization'>,
);
const integrations = ['dir_1', 'dir_2'].map(
  (id) => ({ id, organizationId: 'org_1', kind: 'scim_push', bound: null }) as never as Row<'directoryIntegration'>,
);

const member = fc
  .record({
    id: fc.constantFrom('mem_1', 'mem_2', 'mem_3', 'mem_4', 'mem_5'),
    state: fc.constantFrom('active', 'inactive', 'deactivated', 'removed'),
    workplaceRole: fc.constantFrom('member', 'admin', null),
    licensed: fc.boolean(),
  })
  .map((row) => {
    // Nobody goes from one organization to another.
    const organizationId = row.id === 'mem_5' ? 'org_2' : 'org_1';
    const rest = {
      organizationId,
      accountId: null,
      emailKey: `${row.id}@corp.example`,
      email: `${row.id}@corp.example`,
    };
    return { ...row, ...rest, name: null, deskId: null, signInMethod: 'email_password' } as never as Row<'member'>;
  });
const link = fc
  .record({
    integrationId: fc.constantFrom('dir_1', 'dir_2'),
    directoryId: fc.constantFrom('a', 'b', 'c', 'd'),
    memberId: fc.constantFrom('mem_1', 'mem_2', 'mem_3', 'mem_4'),
    removed: fc.boolean(),
  })
  .map((row) => ({ ...row, profile: {}, createdAt: instant }) as never as Row<'directoryLink'>);

type Step = 'put' | 'delete';
const writes = fc.oneof(
  fc.record({ step: fc.constant<Step>('put'), table: fc.constant('member' as const), row: member }),
  fc.record({
    step: fc.constantFrom<Step>('put', 'put', 'delete'),
    table: fc.constant('directoryLink' as const),
    row: link,
  }),
);
/** Commits of some writes each; after some the content is read anew, as by a portal that has fallen behind. */
const histories = fc.array(fc.record({ commit: fc.array(writes, { maxLength: 6 }), readAnew: fc.boolean() }), {
  maxLength: 12,
});

function contentOf(members: Iterable<Row<'member'>>, links: Iterable<Row<'directoryLink'>>): ProjectionContent {
  const none = Object.fromEntries(projectedTables.map((table) => [table, []])) as never as ProjectionContent['rows'];
  const rows = {
    ...none,
    organization: organizations,
    directoryIntegration: integrations,
    member: [...members],
    directoryLink: [...links],
  };
  return { rows, heads: { events: [], audit: [] }, openAttempts: [], requests: [] };
}

/** Plays a history, and looks at the projection after each commit. */
function play(
  history: readonly { readonly commit: readonly object[]; readonly readAnew: boolean }[],
  look: (projection: Projection) => void,
): void {
  const projection = createProjection(contentOf([], []));
  for (const { commit, readAnew } of history) {
    const all: Write[] = [];
    for (const { step, table, row } of commit as readonly { step: Step; table: ProjectedTable; row: never }[]) {
      all.push({ op: step === 'delete' ? 'delete' : 'update', table, row } as Write);
    }
    projection.apply(all);
    if (readAnew) projection.replace(contentOf(projection.members.all(), projection.directoryLinks.all()));
    look(projection);
  }
}

describe('counts kept along with the rows', () => {
  it('S31: as many licenses are held as holders are found by looking at everybody', () => {
    fc.assert(
      fc.property(histories, (history) => {
        play(history, (projection) => {
          for (const organization of organizations) {
            const state = peopleStateOf(projection, organization);
            const { licensesHeld: _, ...counted } = state;
            expect(licenseUsage(state)).toEqual(licenseUsage(counted));
          }
        });
      }),
    );
  });

  it('case 32: as many links live as are found by looking at each', () => {
    fc.assert(
      fc.property(histories, (history) => {
        play(history, (projection) => {
          for (const { id } of integrations) {
            const living = projection.directoryLinks.group(id).filter(({ memberId }) => {
              const state = projection.members.get(memberId)?.state;
              return state === 'active' || state === 'inactive';
            });
            expect(projection.peopleCounts.livingLinks(id)).toBe(living.length);
          }
        });
      }),
    );
  });

  it('case 32: one change is planned the same whether everybody is looked at or only counted', () => {
    const change = fc.record({
      directoryId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      email: fc.constantFrom('mem_1@corp.example', 'new@corp.example'),
      standing: fc.constantFrom('enabled', 'disabled', 'deleted'),
    });
    fc.assert(
      fc.property(histories, change, (history, user) => {
        play(history, (projection) => {
          for (const integration of integrations) {
            const plan = (state: typeof directoryStateOf) =>
              planSync({
                snapshot: {
                  ...{ kind: 'scim_push', tenantId: 't', scope: 'push', coverage: 'changes' },
                  users: [user],
                  unchangedIds: new Set(),
                  evidence: { pages: 1, sawLastPage: true, counted: null, distinct: 1, malformed: 0 },
                },
                state: state(projection, integration, instant),
                policy: {
                  guests: 'skip',
                  ownDomains: ['corp.example'],
                  signInMethod: 'email_password',
                  decisions: new Map(),
                },
                ...{ at: instant, digest },
              } as Parameters<typeof planSync>[0]);
            expect(plan(changesStateOf)).toEqual(plan(directoryStateOf));
          }
        });
      }),
    );
  });

  it('whoever has read a count hears of what changes it, and of nothing else', () => {
    fc.assert(
      fc.property(histories, writes, (history, { step, table, row }) => {
        play(history, (projection) => {
          const read = () => [
            ...organizations.map(({ id }) => projection.peopleCounts.licensesHeld(id)),
            ...integrations.map(({ id }) => projection.peopleCounts.livingLinks(id)),
          ];
          using watch = projection.watch();
          let before: readonly unknown[] = [];
          watch.during(() => {
            before = read();
          });
          projection.apply([{ op: step === 'delete' ? 'delete' : 'update', table, row } as Write]);
          expect(watch.holds).toBe(JSON.stringify(before) === JSON.stringify(read()));
        });
      }),
    );
  });
});
