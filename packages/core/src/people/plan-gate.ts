import type { OrganizationFacts, Plan, SignInMethod } from './people-state.js';
import { plans } from './people-state.js';

/** What a plan has to contain; each is checked when it is chosen and again when it is used (S11). */
export const planFeatures = ['sso'] as const;

/** One feature that not every plan contains. */
export type PlanFeature = (typeof planFeatures)[number];

/** The least plan that contains each feature (S11, S12, S32). */
export const featurePlans: Readonly<Record<PlanFeature, Plan>> = { sso: 'pro' };

/** Tells whether a plan contains a feature; higher plans contain all that lower ones do. */
export function planIncludes(plan: Plan, feature: PlanFeature): boolean {
  return plans.indexOf(plan) >= plans.indexOf(featurePlans[feature]);
}

/**
 * The action that the subscription takes. A workplace's Admins have it (S6). Without one there are none, and the plan, which
 * covers sign-in methods of both schemes (S11, S12), is for whoever manages the organization.
 */
export function planActionIn({ schemes }: Pick<OrganizationFacts, 'schemes'>): 'plan.manage' | 'organization.manage' {
  return schemes.includes('workplace') ? 'plan.manage' : 'organization.manage';
}

/** Tells whether a plan lets people sign in by a method: single sign-on needs Pro (S11, S12). */
export function planAllowsMethod(plan: Plan, method: SignInMethod): boolean {
  return method === 'email_password' || planIncludes(plan, 'sso');
}
