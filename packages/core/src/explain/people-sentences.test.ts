import { describe, expect, it } from 'vitest';
import { toInstant } from '../instant.js';
import { membershipStates } from '../membership.js';
import type { PeopleRefusal } from '../people/people-decision.js';
import type { PermissionDenial } from '../permission-decision.js';
import { sampleId } from '../sample-hotel.js';
import { explain } from './explain.js';

const propertyId = sampleId('property');
const deskId = sampleId('desk');
const memberId = sampleId('member');

type Code = Exclude<PeopleRefusal['because'], PermissionDenial>;

/** One of each code that is no plain permission; a new one does not compile without its sentence tested. */
const refusals: { readonly [C in Code]: readonly Extract<PeopleRefusal, { because: C }>[] } = {
  'role-level-not-manageable': [
    {
      ...{ because: 'role-level-not-manageable', actor: 'general_manager', target: 'owner', propertyId },
      whoCould: ['organization_owner', 'owner'],
    },
  ],
  'organization-required': [{ because: 'organization-required' }],
  'scheme-not-in-use': [
    { because: 'scheme-not-in-use', scheme: 'workplace' },
    { because: 'scheme-not-in-use', scheme: 'hospitality' },
  ],
  'scheme-in-use': [
    { because: 'scheme-in-use', scheme: 'workplace', members: 1 },
    { because: 'scheme-in-use', scheme: 'hospitality', members: 2 },
  ],
  'member-not-found': [{ because: 'member-not-found' }],
  'property-not-found': [{ because: 'property-not-found', propertyId }],
  'desk-not-found': [{ because: 'desk-not-found', deskId }],
  'desk-taken': [{ because: 'desk-taken', deskId }],
  'property-missing': [{ because: 'property-missing' }],
  'assignment-repeated': [{ because: 'assignment-repeated', propertyId }],
  'owner-with-assignments': [{ because: 'owner-with-assignments' }],
  'nobody-invited': [{ because: 'nobody-invited' }],
  'email-invalid': [{ because: 'email-invalid' }],
  'email-in-use': [
    { because: 'email-in-use', memberId: null, state: null },
    ...membershipStates.map((state) => ({ because: 'email-in-use', memberId, state }) as const),
  ],
  'email-repeated': [{ because: 'email-repeated', firstRow: 0 }],
  'plan-required': [{ because: 'plan-required', required: 'pro', plan: 'basic' }],
  'license-shortfall': [
    { because: 'license-shortfall', needed: 1, available: 0 },
    { because: 'license-shortfall', needed: 2, available: 1 },
    { because: 'license-shortfall', needed: 12, available: 3 },
  ],
  'not-a-user': [{ because: 'not-a-user' }],
  'last-of-role': [
    { because: 'last-of-role', role: 'organization_owner', propertyId: null },
    { because: 'last-of-role', role: 'owner', propertyId },
    { because: 'last-of-role', role: 'admin', propertyId: null },
  ],
  'confirmation-required': [{ because: 'confirmation-required' }],
  'state-not-fitting': membershipStates.map((state) => ({ because: 'state-not-fitting', state }) as const),
  'invitation-not-open': [{ because: 'invitation-not-open' }],
  'invitation-expired': [{ because: 'invitation-expired', expiredAt: toInstant(Date.UTC(2026, 2, 29, 1, 30)) }],
  'invitation-not-covered': [{ because: 'invitation-not-covered' }],
};

const all: readonly PeopleRefusal[] = Object.values(refusals).flat();

describe('explanations of refusals about people', () => {
  it.each(all.map((refusal) => [refusal.because, refusal] as const))('G54: %s', (because, refusal) => {
    const sentence = explain(refusal, { member: 'Ada', timeZone: 'Europe/Berlin' });
    expect(sentence).toMatch(/^[A-Z]((?!\. ).)*\.$/);
    expect(sentence).not.toMatch(/undefined|null|\[object|NaN/);
    // Somebody who is active already is in nobody's way, and the word to type is for whoever asks.
    if (because === 'state-not-fitting' || because === 'confirmation-required') return;
    expect(sentence).toMatch(/ can | takes /);
  });

  it('G54: the values are told', () => {
    expect(refusals['license-shortfall'].map((refusal) => explain(refusal))).toEqual([
      'This takes 1 license and none is available; an Admin can buy more or free some.',
      'This takes 2 licenses and only 1 is available; an Admin can buy more or free some.',
      'This takes 12 licenses and only 3 are available; an Admin can buy more or free some.',
    ]);
    expect(explain(refusals['plan-required'][0] as PeopleRefusal)).toBe(
      'Single sign-on needs the Pro plan and this organization has Basic; an Admin can change the plan, or without a workplace an Organization Owner or the Owner of a single property.',
    );
    const [expired] = refusals['invitation-expired'];
    expect(expired && explain(expired, { timeZone: 'Europe/Berlin' })).toBe(
      'This invitation expired at 2026-03-29 03:30 (Europe/Berlin); whoever sent it can replace it.',
    );
  });

  it('G54: "You may not have permission to manage that role level" names both roles and who could', () => {
    expect(explain(refusals['role-level-not-manageable'][0] as PeopleRefusal)).toBe(
      'General Manager may neither give nor take the role Owner; this takes Organization Owner or Owner.',
    );
  });

  it('G10: of properties out of sight nothing is told', () => {
    for (const because of ['property-not-found', 'member-not-found'] as const) {
      const [refusal] = refusals[because];
      expect(refusal && explain(refusal)).not.toContain(propertyId);
    }
  });
});
