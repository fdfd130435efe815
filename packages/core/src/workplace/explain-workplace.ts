import { actionPhrases } from '../explain/action-phrases.js';
import { explain } from '../explain/explain.js';
import { channelNames } from '../explain/role-phrases.js';
import type { Instant } from '../instant.js';
import { formatLocal } from '../local-time.js';
import type { PermissionDenial } from '../permission-decision.js';
import type { ReservationRefusal, ReservationRefusalCode } from './reservation-decision.js';

/** What the sentences call things; left out, they say "this member", "this desk". */
export interface ExplainWorkplaceContext {
  readonly member?: string | undefined;
  readonly desk?: string | undefined;
  /** IANA zone in which moments are told; UTC when left out. */
  readonly timeZone?: string | undefined;
}

interface Words {
  readonly desk: string;
  readonly time: (instant: Instant) => string;
}

type OwnCode = Exclude<ReservationRefusalCode, PermissionDenial> | 'channel-not-allowed';

const sentences: {
  readonly [Code in OwnCode]: (refusal: Extract<ReservationRefusal, { because: Code }>, words: Words) => string;
} = {
  'channel-not-allowed': ({ action, channels }) =>
    channels.length === 0
      ? `No member may ${actionPhrases[action]}; only the system does`
      : `To ${actionPhrases[action]}, use ${channels.map((channel) => channelNames[channel]).join(' or ')}`,
  'reservation-not-found': () =>
    'There is no such reservation; an Admin or Coordinator can look it up in the dashboard',
  'desk-not-found': () => 'There is no such desk; an Admin can say which there are',
  'desk-taken': (_, { desk }) => `${desk} is assigned to somebody else; an Admin can assign it otherwise`,
  'desk-reserved': ({ taken }, { desk, time }) =>
    `${desk} is reserved from ${time(taken.startsAt)} to ${time(taken.endsAt)}; choose another desk or period`,
  'holder-not-licensed': () =>
    'Whoever a desk is reserved for has to be an active user with an active license; an Admin can see to both',
  'period-invalid': () => 'A reservation ends after it starts and lasts 31 days at most; ask for another period',
  'period-past': ({ startsAt }, { time }) =>
    `${time(startsAt)} has passed, and what has passed cannot be reserved; ask for a later period`,
  'reservation-ended': ({ endedAt }, { time }) =>
    `The reservation ended at ${time(endedAt)} and cannot change any more; make a new one`,
};

/** Says a refusal of the workplace in one plain sentence: what is the case, and what or who could mend it (G54). For people; programs read `because`. */
export function explainWorkplace(refusal: ReservationRefusal, context: ExplainWorkplaceContext = {}): string {
  const { member, desk = 'this desk', timeZone = 'UTC' } = context;
  if ('action' in refusal && refusal.because !== 'channel-not-allowed') {
    return explain(refusal, member === undefined ? {} : { member });
  }
  const time = (instant: Instant) => `${formatLocal(instant, timeZone)} (${timeZone})`;
  // Each entry takes exactly its own code's refusal; the index loses that link.
  const say = sentences[refusal.because as OwnCode] as (refusal: ReservationRefusal, words: Words) => string;
  const sentence = say(refusal, { desk, time });
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
