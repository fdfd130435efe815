import type { Subscription } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { featurePlans, licenseUsage, planAllowsMethod } from '@latchwork/core/people';
import { isSubscriptionLapsed } from '@latchwork/core/workplace';
import type { PeopleDesk } from '../people/people-desk.js';
import { peopleStateOf } from '../people/people-view.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { instantOf, timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { answerOfRefusal } from './people-problem.js';
import { requestBy } from './people-request.js';
import { checkVersion } from './versions.js';
import { subscriptionOf } from './workplace-wire.js';

/** Creates the handlers of the subscription: plan, licenses and what of them is used (S31). */
export function createSubscriptionHandlers(parts: {
  readonly projection: Projection;
  readonly people: PeopleDesk;
}): Pick<Handlers, 'getSubscription' | 'updateSubscription'> {
  const { projection, people } = parts;

  const show = (organization: Row<'organization'>, at: Instant): Subscription => {
    const state = peopleStateOf(projection, organization);
    const { assigned, reserved, available } = licenseUsage(state);
    const { plan, subscriptionEndsAt } = organization;
    const memberIds = [...state.members()]
      .filter(({ signInMethod }) => !planAllowsMethod(plan, signInMethod))
      .map(({ memberId }) => memberId);
    const warnings: Subscription['warnings'] = [
      ...(memberIds.length === 0
        ? []
        : [{ code: 'sign-in-not-in-plan' as const, required: featurePlans.sso, memberIds }]),
      ...(subscriptionEndsAt !== null && isSubscriptionLapsed(organization, at)
        ? [{ code: 'subscription-lapsed' as const, endedAt: timestampOf(subscriptionEndsAt) }]
        : []),
    ];
    return subscriptionOf(organization, { usage: { assigned, reserved, available }, warnings });
  };

  return {
    getSubscription: async ({ place: { organization }, now }) =>
      organization === undefined ? notFound : { status: 200, body: show(organization, now) },

    updateSubscription: async ({ request: { body, headers }, place, caller, write }) =>
      await write((draft) => {
        const organization = place.organization && projection.organizations.get(place.organization.id);
        if (organization === undefined) return notFound;
        const stale = checkVersion(headers, organization.version);
        if (stale !== undefined) return stale;
        const { plan, licenses, subscriptionEndsAt } = body;
        const wish = {
          ...(plan === undefined ? {} : { plan }),
          ...(licenses === undefined ? {} : { licenses }),
          ...(subscriptionEndsAt === undefined
            ? {}
            : { subscriptionEndsAt: subscriptionEndsAt === null ? null : instantOf(subscriptionEndsAt) }),
        };
        const request = requestBy(projection, caller);
        const outcome = people.run(draft, { type: 'change-subscription', ...wish }, request);
        if (!outcome.allow) return answerOfRefusal(outcome);
        return { status: 200, body: show(outcome.organization, draft.now) };
      }),
  };
}
