/**
 * What a log entry can be about, in the order of its number in the entry (SPEC §10.7); new names are appended. The table
 * of the SPEC says for each what its actor and its command id are.
 */
export const logEntryTypes = [
  'session',
  'unlock',
  'lock',
  'hold-open',
  'gap',
  'boot',
  'reset',
  'commission',
  'epoch',
  'clock-set',
  'set-applied',
  'bulletin',
  'card',
  'enroll',
  'manual',
  'handshakes',
  'firmware',
  'decommission',
  'battery',
  'tamper',
] as const;

/** One of {@link logEntryTypes}. */
export type LogEntryType = (typeof logEntryTypes)[number];
