export {
  canGrant,
  decideGrant,
  type GrantCommand,
  type GrantDecision,
  grantCeiling,
} from '../grant-ceiling.js';
export {
  type AccessFinding,
  type AccessReview,
  type AccessReviewRequest,
  type AccessUse,
  type ReviewedMember,
  reviewAccess,
} from './access-review.js';
export { decidePeople } from './decide-people.js';
export { type DirectoryProvider, directoryProviders } from './directory-provider.js';
export { isEmailKey, suggestEmail, toEmailKey } from './email-address.js';
export { type LicenseUsage, licenseUsage } from './license-usage.js';
export { holdsLicense } from './member-place.js';
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
export { isManagedByAdmins, isTop, sawMember, seesMember, seesProperty, whoCouldIn } from './people-rights.js';
export type { InvitationFacts, MemberFacts, OrganizationFacts, PeopleState } from './people-state.js';
export {
  featurePlans,
  type PlanFeature,
  planActionIn,
  planAllowsMethod,
  planFeatures,
  planIncludes,
} from './plan-gate.js';
export { type RoleSuggestion, suggestRole } from './role-suggestion.js';
export {
  decideSignIn,
  type SignInChannel,
  type SignInDecision,
  type SignInPart,
  type SignInRefusal,
  type SignInState,
  type SignInWish,
  signInChannels,
} from './sign-in-decision.js';
export type { SyncStep } from './sync-step.js';
