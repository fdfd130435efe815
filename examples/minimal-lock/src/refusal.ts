/** What a lock answers, with its number on the wire (SPEC §10.6); those that this lock never says are left out. */
export const answerNumbers = {
  ok: 0,
  busy: 1,
  late: 2,
  'bad-frame': 3,
  auth: 4,
  'not-yet': 10,
  expired: 11,
  schedule: 12,
  superseded: 14,
  'wrong-lock': 15,
  'no-right': 16,
  'remote-denied': 17,
  'no-clock': 18,
  privacy: 19,
  'certificate-unknown': 20,
  jammed: 30,
  'low-battery': 31,
  'position-unknown': 32,
  full: 42,
  duplicate: 43,
  epoch: 44,
  unsupported: 50,
  'critical-field': 51,
} as const;

/** The name of an answer. */
export type AnswerCode = keyof typeof answerNumbers;

/** Thrown where a decision says no: `info.code` is the answer, `info.because` says why to a developer. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly info: { readonly code: AnswerCode; readonly because: string };

  constructor(code: AnswerCode, because: string) {
    super(`${code}: ${because}`);
    this.info = { code, because };
  }
}

/** Goes on only when something holds; else the answer is `code`. */
export function demand(holds: boolean, code: AnswerCode, because: string): asserts holds {
  if (!holds) throw new RefusalError(code, because);
}
