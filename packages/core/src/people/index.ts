export { decidePeople } from './decide-people.js';
export { isEmailKey, suggestEmail, toEmailKey } from './email-address.js';
export { hasActiveLicense, isLapsed, type LicenseUsage, licenseUsage } from './license-usage.js';
export type { PeopleActor, PeopleCommand, PeopleContext, TeamInvitee, UserInvitee } from './people-command.js';
export type {
  AccessEnd,
  MemberChange,
  NewMember,
  PeopleChange,
  PeopleDecision,
  PeopleRefusal,
  PeopleRefusalCode,
  PeopleWarning,
  RowRefusal,
} from './people-decision.js';
export { seesMember, seesProperty } from './people-rights.js';
export type { InvitationFacts, MemberFacts, OrganizationFacts, PeopleState } from './people-state.js';
export { featurePlans, type PlanFeature, planAllowsMethod, planFeatures, planIncludes } from './plan-gate.js';
export {
  decideSignIn,
  decideSignIn,
  explainSignIn,
  type SignInAttempt,
  type SignInChannel,
  type SignInChannel,
  type SignInDecision,
  type SignInDecision,
  type SignInMember,
  type SignInPart,
  type SignInRefusal,
  type SignInRefusal,
  type SignInState,
  type SignInWish,
  signInChannels,
  signInChannels,
} from './sign-in-decision.js';
