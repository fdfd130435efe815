import { describe, expect, it } from 'vitest';
import { decideGrant } from '../grant-ceiling.js';
import { membershipStates } from '../membership.js';
import type { PermissionDenial } from '../permission-decision.js';
import { createPermissionModel, decidePermission } from '../permission-model.js';
import { instantAt, memberIn, property, sampleId } from '../sample-hotel.js';
import type { ChannelFault, UnlockDenial, UnlockRefusal } from '../unlock-decision.js';
import { type Denial, explain } from './explain.js';

const keyId = sampleId('key');
const moment = instantAt('2026-03-29T01:30:00Z');
const names = { member: 'Ada', entrance: 'Room 101', property: 'Hotel Nord', timeZone: 'Europe/Berlin' };

const unlockDenials: { readonly [Code in UnlockRefusal]: Extract<UnlockDenial, { because: Code }> } = {
  'unknown-member': { allow: false, because: 'unknown-member' },
  'not-active': { allow: false, because: 'not-active', state: 'deactivated' },
  'unknown-entrance': { allow: false, because: 'unknown-entrance' },
  'not-assigned': { allow: false, because: 'not-assigned' },
  'no-lock': { allow: false, because: 'no-lock' },
  'deadline-passed': { allow: false, because: 'deadline-passed', deadline: moment },
  'channel-not-allowed': {
    allow: false,
    because: 'channel-not-allowed',
    channel: 'dashboard',
    fault: 'role',
    role: 'housekeeping',
  },
  lockdown: { allow: false, because: 'lockdown' },
  'privacy-mode': { allow: false, because: 'privacy-mode' },
  'outside-schedule': { allow: false, because: 'outside-schedule', keyId, opensAt: moment },
  'key-not-started': { allow: false, because: 'key-not-started', keyId, startsAt: moment },
  'key-ended': { allow: false, because: 'key-ended', keyId, endedAt: moment },
  'key-revoked': { allow: false, because: 'key-revoked', keyId, revokedAt: moment },
  'no-key': { allow: false, because: 'no-key' },
};

const faults: Readonly<Record<ChannelFault, true>> = {
  role: true,
  'app-not-enabled': true,
  'remote-unlock-off': true,
  'no-commands': true,
};

const permissionCodes: Readonly<Record<PermissionDenial, true>> = {
  'unknown-member': true,
  'not-active': true,
  'not-assigned': true,
  'property-required': true,
  'role-lacks-action': true,
  'needs-approval': true,
  'license-required': true,
  'unknown-action': true,
};

const permissionDenials = (Object.keys(permissionCodes) as PermissionDenial[]).map(
  (because): Denial => ({
    allow: false,
    action: 'key.create_for_self',
    because,
    role: 'team',
    state: 'removed',
    whoCould: ['owner', 'general_manager'],
    note: '10',
  }),
);

const all: readonly Denial[] = [
  ...Object.values(unlockDenials),
  ...Object.keys(faults).map((fault) => ({ ...unlockDenials['channel-not-allowed'], fault: fault as ChannelFault })),
  { ...unlockDenials['outside-schedule'], opensAt: null },
  ...membershipStates.map((state) => ({ ...unlockDenials['not-active'], state })),
  ...permissionDenials,
];

const oneSentence = /^[A-Z]((?!\. ).)*\.$/;

describe('explanations', () => {
  it('G54: each is one sentence that says who or what can mend it', () => {
    for (const denial of all) {
      const sentence = explain(denial, names);
      expect(sentence, sentence).toMatch(oneSentence);
      expect(sentence, sentence).not.toMatch(/undefined|null|\[object|NaN/);
      if (denial.because !== 'not-active') {
        expect(sentence, sentence).toMatch(/ can | takes |ask again|use the Portal app|must be corrected/);
      }
    }
  });

  it('every sentence is understandable without any context', () => {
    for (const denial of all) expect(explain(denial)).toMatch(oneSentence);
  });

  it('moments are told on the clock of the property', () => {
    expect(explain(unlockDenials['key-ended'], names)).toBe(
      `Key ${keyId} for Room 101 ended at 2026-03-29 03:30 (Europe/Berlin); its creator or an Owner or General Manager can extend it.`,
    );
    expect(explain(unlockDenials['key-ended'])).toContain('2026-03-29 01:30 (UTC)');
    for (const because of ['deadline-passed', 'outside-schedule', 'key-not-started', 'key-revoked'] as const) {
      expect(explain(unlockDenials[because], names)).toContain('2026-03-29 03:30 (Europe/Berlin)');
    }
  });

  it('G33: Housekeeping on the dashboard is sent to the app', () => {
    expect(explain(unlockDenials['channel-not-allowed'], names)).toBe(
      'Housekeeping may not unlock Room 101 through the dashboard; use the Portal app.',
    );
  });

  it('G29: a role that does not suffice names those that do', () => {
    const member = memberIn('team');
    const model = createPermissionModel({ properties: [property], memberships: [member] });
    const { memberId } = member;
    const decision = decidePermission(model, { memberId, action: 'space.edit', propertyId: property.propertyId });
    expect(decision.allow ? '' : explain(decision, names)).toBe(
      'Ada is Team and may not edit spaces; this takes Organization Owner, Owner or General Manager.',
    );
  });

  it('G10: the property is not named to a member without a role there', () => {
    for (const denial of all.filter(({ because }) => because === 'not-assigned')) {
      expect(explain(denial, names)).not.toContain('Hotel Nord');
    }
  });

  it('G54: a role level out of reach names the actor, the target and who could', () => {
    const decision = decideGrant({ actor: 'general_manager', oldRole: 'team', newRole: 'owner' });
    expect(decision.allow ? '' : explain(decision)).toBe(
      'General Manager may neither give nor take the role Owner; this takes Organization Owner or Owner.',
    );
  });
});
