import type { PeopleRefusal } from '../people/people-decision.js';
import type { Plan } from '../people/people-state.js';
import type { PermissionDenial } from '../permission-decision.js';
import type { ExplainWords } from './explain-words.js';
import { managers, roleNames, stateSentences } from './role-phrases.js';

const planNames: Readonly<Record<Plan, string>> = { basic: 'Basic', business: 'Business', pro: 'Pro' };

/** Codes whose sentences are told elsewhere: permissions and the grant ceiling. */
type PeopleCode = Exclude<PeopleRefusal['because'], PermissionDenial | 'role-level-not-manageable'>;

const licenses = (count: number) => `${count} ${count === 1 ? 'license' : 'licenses'}`;

/** One sentence for each refusal of a command about people, with who could mend it (G54). */
export const peopleSentences: {
  readonly [Code in PeopleCode]: (refusal: Extract<PeopleRefusal, { because: Code }>, words: ExplainWords) => string;
} = {
  'organization-required': () =>
    'this account is a single property without an organization above it; the operator can set it up as one, and until then its Owner can invite within the property',
  'scheme-not-in-use': ({ scheme }) =>
    `the organization does not use the ${scheme} roles; an Organization Owner or the operator can switch them on`,
  'scheme-in-use': ({ scheme, members }) =>
    `${scheme} roles are held by members or invitations, ${members} in all, so they cannot be switched off; ${scheme === 'workplace' ? 'an Admin' : 'an Organization Owner'} can remove those first`,
  'member-not-found': () => `there is no such member here; ${managers} can say who there is`,
  'property-not-found': () => 'there is no such property; an Organization Owner can say which there are',
  'desk-not-found': () => 'there is no such desk; an Admin can add one',
  'desk-taken': ({ deskId }) => `desk ${deskId} is somebody else's; an Admin can take it from them first`,
  'property-missing': () =>
    'without the Organization Owner flag it takes a role on at least one property; whoever asks can add one',
  'assignment-repeated': ({ propertyId }) =>
    `property ${propertyId} is named twice; whoever asks can keep the one role that is meant`,
  'owner-with-assignments': () =>
    'an Organization Owner reaches every property and has no role on a single one; whoever asks can leave the properties out, and another Organization Owner can take the flag away',
  'nobody-invited': () => 'no address was given; whoever asks can add at least one',
  'email-invalid': () => 'this is no e-mail address that mail can be sent to; whoever asks can correct it',
  'email-in-use': ({ state }) =>
    state === null
      ? 'somebody of this organization has this address; an Organization Owner or Admin can give them what they need'
      : state === 'inactive'
        ? 'this address has an open invitation; whoever may manage it can edit or replace it'
        : 'this address is a member already; whoever may manage them can edit their roles',
  'email-repeated': ({ firstRow }) =>
    `row ${firstRow + 1} offers something else to the same address; whoever asks can keep the one that is meant`,
  'plan-required': ({ required, plan }) =>
    `single sign-on needs the ${planNames[required]} plan and this organization has ${planNames[plan]}; an Admin can change the plan, or without a workplace an Organization Owner or the Owner of a single property`,
  'license-shortfall': ({ needed, available }) =>
    `this takes ${licenses(needed)} and ${available === 0 ? 'none is' : `only ${available} ${available === 1 ? 'is' : 'are'}`} available; an Admin can buy more or free some`,
  'not-a-user': () =>
    'this takes a role in the workplace, and to take that role away another place besides; an Admin can give one, or remove the user',
  'last-of-role': ({ role, propertyId }) =>
    `nobody who can sign in would be left as ${roleNames[role]}${propertyId === null ? '' : ' of the property'}; another ${roleNames[role]} can be made first`,
  'confirmation-required': () => 'this takes the word "remove", typed exactly so',
  'state-not-fitting': ({ state }, { member }) => stateSentences[state](member),
  'invitation-not-open': () => `this invitation is no longer open; ${managers} can send a new one`,
  'invitation-expired': ({ expiredAt }, { time }) =>
    `this invitation expired at ${time(expiredAt)}; whoever sent it can replace it`,
  'invitation-not-covered': () =>
    `whoever sent this invitation may not offer that any more; ${managers} can send a new one`,
};
