import type { Instant } from '../instant.js';

/** What a sentence calls people and places, and how it tells moments. */
export interface ExplainWords {
  readonly member: string;
  readonly entrance: string;
  readonly property: string;
  readonly time: (instant: Instant) => string;
}
