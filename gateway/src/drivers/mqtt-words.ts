import type { DriverObservation } from './lock-driver.js';

/** How the state of a lock is told on its topic. */
export interface StateWords {
  /** The JSON field that holds the state; absent: the whole payload is the word. */
  readonly field?: string;
  readonly locked: readonly string[];
  readonly unlocked: readonly string[];
  readonly jammed: readonly string[];
}

/** One word of a lock about itself. */
export interface LockWord {
  readonly state: 'locked' | 'unlocked' | 'jammed' | 'between';
  /** Absent when it says nothing of it. */
  readonly batteryPercent?: number;
}

/** The words of zigbee2mqtt. */
export const zigbeeWords: StateWords = { field: 'state', locked: ['LOCK'], unlocked: ['UNLOCK'], jammed: ['JAMMED'] };

/** The words that Home Assistant's MQTT locks have unless told otherwise. */
export const homeAssistantWords: StateWords = { locked: ['LOCKED'], unlocked: ['UNLOCKED'], jammed: ['JAMMED'] };

/** Longest state that is read. */
const longestWord = 65_536;

/** Reads a payload of a state topic; undefined when it tells nothing of the bolt. */
export function readLockWord(words: StateWords, payload: Buffer): LockWord | undefined {
  if (payload.length === 0 || payload.length > longestWord) return undefined;
  const text = payload.toString();
  if (words.field === undefined) return wordOf(words, text.trim());
  const fields = jsonFields(text);
  const said = fields?.[words.field];
  const word = typeof said === 'string' ? wordOf(words, said) : undefined;
  const battery = fields?.['battery'];
  const isPercent = typeof battery === 'number' && battery >= 0 && battery <= 100;
  return word && { ...word, ...(isPercent ? { batteryPercent: battery } : {}) };
}

/** Reads a payload of an availability topic, plain or as JSON; undefined for what is neither. */
export function readAvailability(payload: Buffer): boolean | undefined {
  const text = payload.toString('utf8', 0, 256).trim();
  const said = text.startsWith('{') ? jsonFields(text)?.['state'] : text;
  return said === 'online' ? true : said === 'offline' ? false : undefined;
}

/** What a word means for the bolt: one that is jammed or on its way is nowhere that anybody could name. */
export function boltOf({ state }: LockWord): DriverObservation['bolt'] {
  return state === 'locked' || state === 'unlocked' ? state : 'unknown';
}

function wordOf({ locked, unlocked, jammed }: StateWords, said: string): LockWord {
  if (locked.includes(said)) return { state: 'locked' };
  if (unlocked.includes(said)) return { state: 'unlocked' };
  return { state: jammed.includes(said) ? 'jammed' : 'between' };
}

function jsonFields(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
