import { describe, expect, it } from 'vitest';
import { type Channel, channels } from '../channel.js';
import { toInstant } from '../instant.js';
import { membershipStates } from '../membership.js';
import { type WorkplaceRole, workplaceRoles } from '../role.js';
import { type WorkplaceAction, workplaceMatrix } from '../workplace-matrix.js';
import { decideWorkplace, isLicenseActive, isWorkplaceAction, workplaceChannels } from './access.js';

const at = toInstant(1_000_000);
const endless = { subscriptionEndsAt: null };
const active = (role: WorkplaceRole, licensed: boolean) =>
  ({ state: 'active', workplace: { role, licensed } }) as const;
const actions = Object.keys(workplaceMatrix) as WorkplaceAction[];

describe('who may do what in the workplace, on which channel', () => {
  it('S1, S39: on the two booking channels the license comes first, for every role and every action', () => {
    for (const role of workplaceRoles) {
      for (const channel of ['mobile_app', 'web_reservation_portal'] as const) {
        for (const action of actions) {
          const refused = decideWorkplace(active(role, false), endless, { action, channel, at });
          expect(refused, `${role} ${channel} ${action}`).toMatchObject({ allow: false, because: 'license-required' });
        }
      }
    }
  });

  it('S7: others’ reservations and insights are for the dashboard', () => {
    const ask = (action: WorkplaceAction, channel: Channel) =>
      decideWorkplace(active('coordinator', true), endless, { action, channel, at });
    for (const action of ['reservation.manage', 'insights.view'] as const) {
      expect(ask(action, 'dashboard').allow).toBe(true);
      for (const channel of channels.filter((one) => one !== 'dashboard')) {
        expect(ask(action, channel)).toMatchObject({ because: 'channel-not-allowed', channels: ['dashboard'] });
      }
    }
  });

  it('S3, S6: administration is for the dashboard and for programs', () => {
    for (const action of actions.filter((name) => workplaceChannels[name].includes('api' as never))) {
      for (const channel of channels) {
        const { allow } = decideWorkplace(active('admin', true), endless, { action, channel, at });
        expect(allow, `${action} ${channel}`).toBe(channel === 'dashboard' || channel === 'api');
      }
    }
  });

  it('S8: what nobody sees in the matrix, no channel gives', () => {
    for (const role of workplaceRoles) {
      for (const licensed of [true, false]) {
        for (const action of actions) {
          const [admin, coordinator, member, unlicensed] = workplaceMatrix[action].map((cell) => cell.split('*')[0]);
          const cell = { admin, coordinator, member }[role] ?? '';
          const words = ['allow', 'any-role', 'sso-pro', 'never-last-admin'];
          const keeps = licensed || (role === 'admin' && ['admin', 'admin-not-others'].includes(unlicensed ?? ''));
          const may = keeps && words.includes(cell);
          const anywhere = channels.some(
            (channel) => decideWorkplace(active(role, licensed), endless, { action, channel, at }).allow,
          );
          expect(anywhere, `${role} ${licensed} ${action}`).toBe(may);
        }
      }
    }
  });

  it('S39: a lapsed subscription is as no license, from its last moment on', () => {
    const member = active('member', true);
    const ask = (subscriptionEndsAt: number) =>
      decideWorkplace(
        member,
        { subscriptionEndsAt: toInstant(subscriptionEndsAt) },
        {
          action: 'reservation.create_own',
          channel: 'mobile_app',
          at,
        },
      );
    expect(ask(at + 1).allow).toBe(true);
    expect(ask(at)).toMatchObject({ because: 'license-required' });
    expect(isLicenseActive(member, { subscriptionEndsAt: at }, at)).toBe(false);
    expect(isLicenseActive(active('member', false), endless, at)).toBe(false);
  });

  it('nobody who is not active, or has no place in the scheme, may do anything', () => {
    for (const state of membershipStates.filter((one) => one !== 'active')) {
      const decision = decideWorkplace({ ...active('admin', true), state }, endless, {
        action: 'user.list',
        channel: 'dashboard',
        at,
      });
      expect(decision).toMatchObject({ because: 'not-active', state });
    }
    for (const channel of channels) {
      const decision = decideWorkplace({ state: 'active', workplace: null }, endless, {
        action: 'reservation.create_own',
        channel,
        at,
      });
      expect(decision).toMatchObject({ because: 'not-assigned' });
    }
  });

  it('tells its own actions from those of the other scheme', () => {
    expect(isWorkplaceAction('user.list')).toBe(true);
    expect(isWorkplaceAction('member.list')).toBe(false);
    expect(isWorkplaceAction('toString')).toBe(false);
  });
});
