/** What went wrong in `core`, by closed code; the values are what the caller passed. */
export type CoreErrorInfo =
  | { readonly code: 'id-invalid'; readonly expected: string }
  | { readonly code: 'instant-invalid'; readonly value: number }
  | { readonly code: 'time-zone-unknown'; readonly timeZone: string }
  | { readonly code: 'schedule-invalid'; readonly detail: string }
  | { readonly code: 'assignment-outside-organization'; readonly memberId: string; readonly propertyId: string };

const messages: { readonly [C in CoreErrorInfo['code']]: (info: Extract<CoreErrorInfo, { code: C }>) => string } = {
  'id-invalid': (info) => `The value is not an id of the form ${info.expected}.`,
  'instant-invalid': (info) => `${info.value} is not a whole number of milliseconds within the range of a date.`,
  'time-zone-unknown': (info) => `"${info.timeZone}" is not an IANA time zone known here.`,
  'schedule-invalid': (info) => `The access schedule is not valid: ${info.detail}.`,
  'assignment-outside-organization': (info) =>
    `Member ${info.memberId} is assigned to ${info.propertyId}, which is no property of the same organization.`,
};

/**
 * Thrown for input the caller could not have decided upon: a malformed id, an unknown time zone, a broken schedule.
 * Refusals are never thrown; they are decisions.
 */
export class CoreError extends Error {
  override readonly name = 'CoreError';
  readonly info: CoreErrorInfo;

  constructor(info: CoreErrorInfo, options?: { readonly cause?: unknown }) {
    // Each entry takes exactly its own code's info; the index loses that link.
    super((messages[info.code] as (info: CoreErrorInfo) => string)(info), options);
    this.info = info;
  }
}
