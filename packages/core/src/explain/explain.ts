import type { GrantDecision } from '../grant-ceiling.js';
import type { Instant } from '../instant.js';
import { formatLocal } from '../local-time.js';
import type { PeopleRefusal } from '../people/people-decision.js';
import type { PermissionDecision, PermissionDenial } from '../permission-decision.js';
import type { ChannelFault, UnlockDenial, UnlockRefusal } from '../unlock-decision.js';
import { actionPhrases } from './action-phrases.js';
import type { ExplainWords } from './explain-words.js';
import { peopleSentences } from './people-sentences.js';
import { channelNames, could, managers, roleNames, stateSentences } from './role-phrases.js';

/** Any decision that says no. */
export type Denial =
  | Extract<PermissionDecision, { readonly allow: false }>
  | Extract<GrantDecision, { readonly allow: false }>
  | UnlockDenial
  | PeopleRefusal;

/** What the sentences call people and places; left out, they say "this member", "this entrance", "this property". */
export interface ExplainContext {
  readonly member?: string;
  readonly entrance?: string;
  readonly property?: string;
  /** IANA zone in which moments are told; UTC when left out. */
  readonly timeZone?: string;
}

type PermissionRefusal = Omit<Extract<PermissionDecision, { readonly allow: false }>, 'allow' | 'note'>;

const permissionSentences: Readonly<
  Record<PermissionDenial, (denial: PermissionRefusal, words: ExplainWords) => string>
> = {
  'unknown-member': (denial, { member }) => `${member} is not known here; ${could(denial.whoCould)}`,
  'not-active': ({ state }, { member }) => stateSentences[state ?? 'inactive'](member),
  // Not even the property's name: a member without a role there does not learn it (G10).
  'not-assigned': ({ action, whoCould }, { member }) =>
    `${member} holds no role here and may not ${actionPhrases[action]}; ${could(whoCould)}`,
  'property-required': ({ action }) =>
    `To ${actionPhrases[action]}, the request must name a property; the app that asked can add it`,
  'role-lacks-action': ({ action, role, whoCould }, { member }) =>
    `${member} is ${role === null ? 'without a role' : roleNames[role]} and may not ${actionPhrases[action]}; ${could(whoCould)}`,
  'needs-approval': ({ action, role, whoCould }, { member }) =>
    `${member} is ${role === null ? 'without a role' : roleNames[role]} and may ${actionPhrases[action]} only through someone else; ${could(whoCould)}`,
  'license-required': ({ action }, { member }) =>
    `${member} has no license and so may not ${actionPhrases[action]}; an Admin can assign one`,
  'unknown-action': ({ action }) => `There is no action called "${action}"; the app that asked must be corrected`,
};

const channelFaults: Readonly<
  Record<
    ChannelFault,
    (denial: Extract<UnlockDenial, { because: 'channel-not-allowed' }>, words: ExplainWords) => string
  >
> = {
  role: ({ role, channel }, { entrance }) =>
    `${roleNames[role]} may not unlock ${entrance} through ${channelNames[channel]}; use the Portal app`,
  'app-not-enabled': (_, { property }) =>
    `${property} has not allowed this app to unlock; ${managers} can allow it, or use the Portal app`,
  'remote-unlock-off': (_, { property, entrance }) =>
    `Remote unlock is off at ${property}, so ${entrance} cannot be unlocked from afar; ${managers} can turn it on`,
  'no-commands': ({ channel }, { entrance }) =>
    `${entrance} cannot be unlocked by a command through ${channelNames[channel]}; use the Portal app`,
};

const unlockSentences: {
  readonly [Code in UnlockRefusal]: (denial: Extract<UnlockDenial, { because: Code }>, words: ExplainWords) => string;
} = {
  'unknown-member': (_, { member }) => `${member} is not known here; ${managers} can invite them`,
  'not-active': ({ state }, { member }) => stateSentences[state](member),
  'unknown-entrance': () => `There is no such entrance; ${managers} can say which there are`,
  'not-assigned': (_, { member }) => `${member} holds no role here; ${managers} can assign one`,
  'no-lock': (_, { entrance }) => `${entrance} has no lock; an Installer, Owner or General Manager can add one`,
  'deadline-passed': ({ deadline }, { entrance, time }) =>
    `The request to unlock ${entrance} came after its deadline of ${time(deadline)}; ask again`,
  'channel-not-allowed': (denial, words) => channelFaults[denial.fault](denial, words),
  lockdown: (_, { entrance }) => `${entrance} is locked down; ${managers} can lift that`,
  'privacy-mode': (_, { entrance }) => `${entrance} is in privacy mode; whoever is inside can end it`,
  'outside-schedule': ({ keyId, opensAt }, { entrance, time }) =>
    opensAt === null
      ? `Key ${keyId} does not open ${entrance} at this hour nor at any later one; its creator or ${managers} can change its schedule`
      : `Key ${keyId} does not open ${entrance} before ${time(opensAt)}; its creator or ${managers} can change its schedule`,
  'key-not-started': ({ keyId, startsAt }, { entrance, time }) =>
    `Key ${keyId} does not open ${entrance} before ${time(startsAt)}; its creator or ${managers} can change its period`,
  'key-ended': ({ keyId, endedAt }, { entrance, time }) =>
    `Key ${keyId} for ${entrance} ended at ${time(endedAt)}; its creator or ${managers} can extend it`,
  'key-revoked': ({ keyId, revokedAt }, { entrance, time }) =>
    `Key ${keyId} for ${entrance} was revoked at ${time(revokedAt)}; ${managers} can create a new one`,
  'no-key': (_, { member, entrance }) => `${member} has no key for ${entrance}; ${managers} can create one`,
};

const sentences = { ...unlockSentences, ...peopleSentences };

function explainGrant({
  actor,
  target,
  whoCould,
}: Pick<Extract<GrantDecision, { allow: false }>, 'actor' | 'target' | 'whoCould'>): string {
  return `${roleNames[actor]} may neither give nor take the role ${roleNames[target]}; ${could(whoCould)}`;
}

/**
 * Says a denial in one plain sentence: what is the case, with the values, and who could mend it (G54). For people; programs
 * read `because`.
 *
 * @throws CoreError `time-zone-unknown` when the context names no zone known here.
 */
export function explain(denial: Denial, context: ExplainContext = {}): string {
  const { member = 'this member', entrance = 'this entrance', property = 'this property', timeZone = 'UTC' } = context;
  const time = (instant: Instant) => `${formatLocal(instant, timeZone)} (${timeZone})`;
  const words: ExplainWords = { member, entrance, property, time };
  const sentence = say(denial, words);
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function say(denial: Denial, words: ExplainWords): string {
  if ('action' in denial) return permissionSentences[denial.because](denial, words);
  if (denial.because === 'role-level-not-manageable') return explainGrant(denial);
  // Each entry takes exactly its own code's denial; the index loses that link.
  return (sentences[denial.because] as (denial: Denial, words: ExplainWords) => string)(denial, words);
}
