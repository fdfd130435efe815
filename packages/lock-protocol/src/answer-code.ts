/** What a caller may do about an answer: nothing, ask for new authority, try later, or send the same command again. */
export type RetryClass = 'never' | 'new-authority' | 'later' | 'same-id';

interface AnswerRow {
  readonly number: number;
  readonly retry: RetryClass;
  readonly sentence: string;
}

/**
 * Every answer a lock can give: the number that travels, what a caller may do next, and a plain sentence for people
 * (SPEC §10). Numbers are never reused.
 */
export const answerCodes = {
  ok: { number: 0, retry: 'never', sentence: 'The lock did what was asked.' },
  busy: { number: 1, retry: 'later', sentence: 'The lock is serving somebody else.' },
  late: { number: 2, retry: 'new-authority', sentence: 'The command reached the lock after its deadline.' },
  'bad-frame': { number: 3, retry: 'same-id', sentence: 'The message reached the lock damaged.' },
  auth: { number: 4, retry: 'new-authority', sentence: 'The lock could not verify who is asking.' },
  'not-yet': { number: 10, retry: 'later', sentence: 'The key is not valid yet.' },
  expired: { number: 11, retry: 'new-authority', sentence: 'The key has expired.' },
  schedule: { number: 12, retry: 'later', sentence: 'The key does not open at this time of the week.' },
  revoked: { number: 13, retry: 'never', sentence: 'The key was revoked.' },
  superseded: { number: 14, retry: 'new-authority', sentence: 'A newer key has replaced this one.' },
  'wrong-lock': { number: 15, retry: 'never', sentence: 'The key is for another lock.' },
  'no-right': { number: 16, retry: 'never', sentence: 'The key does not allow this.' },
  'remote-denied': { number: 17, retry: 'never', sentence: 'The key works only at the door.' },
  'no-clock': { number: 18, retry: 'later', sentence: 'The lock does not know the time.' },
  privacy: { number: 19, retry: 'later', sentence: 'The room is set to private.' },
  'certificate-unknown': { number: 20, retry: 'same-id', sentence: 'The lock needs the property certificate first.' },
  presence: { number: 21, retry: 'later', sentence: 'Somebody at the lock must show that they are there.' },
  jammed: { number: 30, retry: 'later', sentence: 'The bolt is jammed.' },
  'low-battery': { number: 31, retry: 'later', sentence: 'The battery is too low to move the bolt.' },
  'position-unknown': { number: 32, retry: 'later', sentence: 'The lock does not know where its bolt is.' },
  'revision-old': { number: 40, retry: 'never', sentence: 'The lock already holds a newer set.' },
  digest: { number: 41, retry: 'same-id', sentence: 'The set did not arrive complete.' },
  full: { number: 42, retry: 'never', sentence: 'The lock has no room for more entries.' },
  duplicate: { number: 43, retry: 'never', sentence: 'The lock has seen this already.' },
  epoch: { number: 44, retry: 'new-authority', sentence: 'The key was signed before the property renewed its keys.' },
  'log-mismatch': { number: 45, retry: 'never', sentence: 'The log of the lock is not the one that was named.' },
  unsupported: { number: 50, retry: 'never', sentence: 'The lock does not know this command.' },
  'critical-field': { number: 51, retry: 'never', sentence: 'The key needs something the lock does not know.' },
  'card-unknown': { number: 60, retry: 'never', sentence: 'The lock does not know this card.' },
  'card-clone-suspect': { number: 61, retry: 'never', sentence: 'The card looks like a copy.' },
  'card-class': { number: 62, retry: 'never', sentence: 'The card is of a kind this lock does not take.' },
  'card-random': { number: 63, retry: 'never', sentence: 'The card shows another number every time.' },
  'code-unknown': { number: 64, retry: 'never', sentence: 'The lock does not know this code.' },
} as const satisfies Record<string, AnswerRow>;

/** The name of a lock's answer; the union is closed. */
export type AnswerCode = keyof typeof answerCodes;

const names = new Map<number, AnswerCode>(
  Object.entries(answerCodes).map(([name, row]) => [row.number, name as AnswerCode]),
);

/** Name of a number read from the wire; `undefined` for a number this version does not know. */
export function answerCodeOf(number: number): AnswerCode | undefined {
  return names.get(number);
}

/** What a caller may do about an answer. */
export function retryClassOf(code: AnswerCode): RetryClass {
  return answerCodes[code].retry;
}
