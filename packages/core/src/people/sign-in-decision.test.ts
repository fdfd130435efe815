import { describe, expect, it } from 'vitest';
import { explainSignIn } from '../explain/sign-in-sentences.js';
import { toInstant } from '../instant.js';
import type { HospitalityRole, WorkplaceRole } from '../role.js';
import type { MemberFacts, Plan, SignInMethod } from './people-state.js';
import {
  decideSignIn,
  type SignInChannel,
  type SignInRefusal,
  type SignInWish,
  signInChannels,
} from './sign-in-decision.js';

const organizationId = 'org_1' as MemberFacts['organizationId'];
const memberId = 'mem_1' as MemberFacts['memberId'];
const propertyId = 'prop_1' as MemberFacts['assignments'][number]['propertyId'];
const at = toInstant(1_000);

interface Person {
  readonly state?: MemberFacts['state'];
  readonly owner?: boolean;
  readonly role?: HospitalityRole;
  readonly workplace?: { readonly role: WorkplaceRole; readonly licensed: boolean };
  readonly signInMethod?: SignInMethod;
  readonly plan?: Plan;
  readonly lapsed?: boolean;
}

function decide(person: Person, wish: Partial<SignInWish> = {}) {
  const assignments = person.role === undefined ? [] : [{ propertyId, role: person.role }];
  const member: MemberFacts = {
    ...{ memberId, organizationId, state: person.state ?? 'active', organizationOwner: person.owner ?? false },
    ...{ assignments, emailKey: 'a@b.example', email: 'a@b.example', name: null, deskId: null, canSignIn: true },
    signInMethod: person.signInMethod ?? 'email_password',
    ...(person.workplace === undefined ? {} : { workplace: person.workplace }),
  };
  const organization = { plan: person.plan ?? 'basic', subscriptionEndsAt: person.lapsed === true ? at : null };
  const asked: SignInWish = { channel: 'portal_app', method: 'email_password', at, ...wish };
  return decideSignIn({ organization, member }, asked);
}

const refusalOf = (person: Person, wish: Partial<SignInWish> = {}): SignInRefusal | null => {
  const decision = decide(person, wish);
  return decision.allow ? null : decision.refusal;
};
const opened = (person: Person): readonly SignInChannel[] =>
  signInChannels.filter((channel) => decide(person, { channel }).allow);

describe('signing in', () => {
  it.each(['inactive', 'deactivated', 'removed'] as const)('is for active members only: %s', (state) => {
    expect(refusalOf({ owner: true, state })).toEqual({ because: 'not-active', state });
  });

  it('S10, S11, S12: goes by exactly the method of the membership', () => {
    const methods = ['email_password', 'sso_google', 'sso_microsoft_365'] as const;
    for (const signInMethod of methods) {
      for (const method of methods) {
        const refusal = refusalOf({ owner: true, signInMethod, plan: 'pro' }, { method });
        expect(refusal).toEqual(method === signInMethod ? null : { because: 'method-differs', method: signInMethod });
      }
    }
  });

  it('S11: asks at sign-in again whether the plan has single sign-on', () => {
    const asked = { method: 'sso_google' } as const;
    for (const plan of ['basic', 'business'] as const) {
      const refusal = refusalOf({ owner: true, signInMethod: 'sso_google', plan }, asked);
      expect(refusal).toEqual({ because: 'plan-required', required: 'pro', plan });
    }
    expect(refusalOf({ owner: true, signInMethod: 'sso_google', plan: 'pro' }, asked)).toBeNull();
  });
});

describe('the channels of the team', () => {
  it.each([
    ['owner', ['portal_app', 'dashboard', 'integrated_app']],
    ['general_manager', ['portal_app', 'dashboard', 'integrated_app']],
    ['team', ['portal_app', 'dashboard', 'integrated_app']],
    ['housekeeping', ['portal_app', 'integrated_app']],
    ['installer', ['portal_app']],
  ] as const)('G32: %s', (role, channels) => {
    expect(opened({ role })).toEqual(channels);
    if (role !== 'housekeeping') return;
    const refusal = refusalOf({ role }, { channel: 'dashboard' });
    expect(refusal).toMatchObject({ because: 'channel-not-allowed', channels: ['portal_app'] });
    expect(refusal && explainSignIn(refusal)).toMatch(/Housekeeping.* Sign in with the Portal app\.$/);
  });

  it('an Organization Owner without any property signs in all the same', () => {
    expect(opened({ owner: true })).toEqual(['portal_app', 'dashboard', 'integrated_app']);
  });
});

describe('what is found on a channel', () => {
  const found = (person: Person, channel: SignInChannel = 'dashboard') => {
    const decision = decide(person, { channel });
    return decision.allow ? decision.parts : [];
  };
  const user = (role: WorkplaceRole, licensed = true): Person => ({ workplace: { role, licensed } });

  it('S6, S7, S8: on one dashboard, each role its parts', () => {
    expect(found(user('admin'))).toEqual(['admin', 'insights', 'reservations']);
    expect(found(user('coordinator'))).toEqual(['insights', 'reservations']);
    expect(found(user('member'))).toEqual(['reservations']);
  });

  it('S39: without a license an Admin keeps the admin part, and nothing else', () => {
    expect(found(user('admin', false))).toEqual(['admin']);
    expect(found({ ...user('admin'), lapsed: true })).toEqual(['admin']);
    expect(found(user('coordinator', false))).toEqual([]);
  });

  it('S1: people book on both booking channels', () => {
    for (const channel of ['mobile_app', 'web_reservation_portal'] as const) {
      for (const role of ['admin', 'coordinator', 'member'] as const) {
        expect(found(user(role), channel)).toEqual(['reservations']);
      }
    }
  });

  it('G28, G33: the Portal on the dashboard, keys in the apps', () => {
    expect(found({ role: 'team' })).toEqual(['portal']);
    expect(found({ role: 'housekeeping' }, 'portal_app')).toEqual(['keys']);
    expect(found({ role: 'owner', ...user('member') })).toEqual(['portal', 'reservations']);
  });

  it('G34, ★5, ★12: an Installer has the Portal app alone', () => {
    expect(refusalOf({ role: 'installer' }, { channel: 'dashboard' })).toMatchObject({
      because: 'channel-not-allowed',
      denied: { action: 'dashboard.sign_in', role: 'installer', note: '5' },
      channels: ['portal_app'],
    });
    expect(refusalOf({ role: 'installer' }, { channel: 'integrated_app' })).toMatchObject({
      denied: { action: 'unlock.integrated_app', note: '12' },
    });
  });
});

describe('S39: the channels of the workplace', () => {
  const booking = ['dashboard', 'mobile_app', 'web_reservation_portal'];

  it.each(['admin', 'coordinator', 'member'] as const)('with a license: %s', (role) => {
    expect(opened({ workplace: { role, licensed: true } })).toEqual(booking);
  });

  it.each(['admin', 'coordinator', 'member'] as const)('without, or with a lapsed one: %s', (role) => {
    const left = role === 'admin' ? ['dashboard'] : [];
    expect(opened({ workplace: { role, licensed: false } })).toEqual(left);
    expect(opened({ workplace: { role, licensed: true }, lapsed: true })).toEqual(left);
    const refusal = refusalOf({ workplace: { role, licensed: false } }, { channel: 'mobile_app' });
    expect(refusal).toEqual({ because: 'license-required' });
  });

  it('no role of one scheme opens a channel of the other', () => {
    expect(opened({ role: 'owner', workplace: { role: 'member', licensed: true } })).toEqual([...signInChannels]);
    expect(refusalOf({ workplace: { role: 'admin', licensed: true } })).toMatchObject({
      because: 'channel-not-allowed',
      denied: null,
      channels: booking,
    });
    expect(refusalOf({ owner: true }, { channel: 'mobile_app' })).toMatchObject({ because: 'channel-not-allowed' });
  });

  it('every refusal has a sentence', () => {
    const refusals: readonly (SignInRefusal | null)[] = [
      refusalOf({ owner: true, state: 'removed' }),
      refusalOf({ owner: true, signInMethod: 'sso_google' }),
      refusalOf({ owner: true, signInMethod: 'sso_google' }, { method: 'sso_google' }),
      refusalOf({ workplace: { role: 'member', licensed: false } }, { channel: 'mobile_app' }),
      refusalOf({}),
    ];
    for (const refusal of refusals) expect(refusal && explainSignIn(refusal)).toMatch(/^[A-Z].*\.$/);
    expect(new Set(refusals.map((refusal) => refusal?.because)).size).toBe(5);
  });
});
