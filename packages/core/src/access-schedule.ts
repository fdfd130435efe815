/**
 * One recurring window of local time.
 *
 * It opens at `startMinute` on each of its weekdays and closes at `endMinute`, not included. When `endMinute` is not
 * after `startMinute` it closes on the following day, so `{ startMinute: 1320, endMinute: 360 }` is 22:00 to 06:00 and
 * equal minutes make a full day.
 */
export interface AccessWindow {
  /** Bit 0 is Monday … bit 6 is Sunday; 1…127. The day on which the window opens. */
  readonly weekdays: number;
  /** Minute of the local day, 0…1439. */
  readonly startMinute: number;
  /** Minute of the local day, 0…1440; 1440 is midnight at the end of the day. */
  readonly endMinute: number;
}

/** Recurring local-time windows in which a key opens; any one suffices. One to eight, as many as a lock's grant can carry. */
export interface AccessSchedule {
  readonly windows: readonly AccessWindow[];
}
