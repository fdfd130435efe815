import type { DirectoryAnswer, DirectoryOperation, DirectoryRequest } from './directory-http.js';

/** One thing that goes wrong with an answer. */
export type DirectoryFault =
  /** The answer is replaced. */
  | {
      readonly fault: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Record<string, unknown> | string;
    }
  /**
   * The make's own throttling: 429, or 403 with a reason at Google. `retryAfter` is sent as it stands; `'date'` sends
   * an HTTP date `seconds` ahead, `null` no header.
   */
  | {
      readonly fault: 'throttle';
      readonly retryAfter?: string | number | null;
      readonly seconds?: number;
      readonly as?: 'too-many-requests' | 'rate-403' | 'quota-403' | 'unavailable-503';
    }
  /** The connection is lost after this part of the body, 0…1. */
  | { readonly fault: 'truncate'; readonly at?: number }
  /** The connection is lost before anything is answered. */
  | { readonly fault: 'hang-up' }
  /** A login page with status 200. */
  | { readonly fault: 'html' }
  | { readonly fault: 'content-type'; readonly type: string }
  /** These fields are missing from every record of the page. */
  | { readonly fault: 'drop-fields'; readonly fields: readonly string[] }
  /** The list itself is missing (`value`, `users`, `Resources`). */
  | { readonly fault: 'drop-list' }
  /** The list is empty and everything else as it was: the page's records are lost. */
  | { readonly fault: 'lose-records' }
  /** The next page is not told: the walk looks finished. */
  | { readonly fault: 'drop-next' }
  /** An empty page comes first; its link leads to the page that was asked for. */
  | { readonly fault: 'empty-page' }
  /** The next page is this page. Where pages go by number, the number is not listened to. */
  | { readonly fault: 'self-link' }
  /** The next page is the one before this one. */
  | { readonly fault: 'cycle' }
  /** The next page is at another host. */
  | { readonly fault: 'foreign-link' }
  /** The page's first record comes once more, at the end, saying something else. */
  | { readonly fault: 'contradict'; readonly fields: Readonly<Record<string, unknown>> }
  /** A record of an earlier page comes once more, with its id and these fields only. */
  | { readonly fault: 'partial'; readonly fields: Readonly<Record<string, unknown>> }
  /** What the directory counts is off by this many. */
  | { readonly fault: 'count-off'; readonly by: number }
  /** 401 in the middle of a walk. */
  | { readonly fault: 'unauthorized' }
  | { readonly fault: 'forbidden' }
  /** The answer takes this long on the fake's clock. */
  | { readonly fault: 'slow'; readonly delayMs: number }
  /** Called before the answer is made: the tenant changes while it is being read. */
  | { readonly fault: 'meanwhile'; readonly run: () => void };

/** The names of faults. */
export type DirectoryFaultName = DirectoryFault['fault'];

/** Which requests a fault is for. */
export interface FaultPlace {
  /** Default: every operation but `token`. */
  readonly on?: DirectoryOperation | readonly DirectoryOperation[];
  /** How many such requests go through first; default 0. */
  readonly skip?: number;
  /** How many get it then; default 1. */
  readonly times?: number;
  /** A further condition. */
  readonly when?: (request: DirectoryRequest) => boolean;
}

/** Faults that a test scripts. */
export interface FaultScript {
  /** Puts a fault on coming answers; the returned function takes it away again. */
  script(fault: DirectoryFault, place?: FaultPlace): () => void;
  /** Takes every scripted fault away. */
  clear(): void;
}

/** The faults that a request gets, scripted and by chance. */
export interface FaultDeck extends FaultScript {
  draw(request: DirectoryRequest, operation: DirectoryOperation): readonly DirectoryFault[];
}

/** How a random choice of faults is made. */
export type FaultChance = (request: DirectoryRequest, operation: DirectoryOperation) => DirectoryFault | undefined;

/** Makes a deck of scripted faults, over one of chance. */
export function createFaultDeck(chance: FaultChance): FaultDeck {
  const scripted = new Set<{ fault: DirectoryFault; place: FaultPlace; skip: number; times: number }>();
  return {
    script(fault, place = {}) {
      const entry = { fault, place, skip: place.skip ?? 0, times: place.times ?? 1 };
      scripted.add(entry);
      return () => void scripted.delete(entry);
    },
    clear() {
      scripted.clear();
    },
    draw(request, operation) {
      const drawn: DirectoryFault[] = [];
      for (const entry of [...scripted]) {
        const { on } = entry.place;
        const meant = on === undefined ? operation !== 'token' : on === operation || on.includes(operation);
        if (!meant || entry.place.when?.(request) === false) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        entry.times -= 1;
        if (entry.times <= 0) scripted.delete(entry);
        drawn.push(entry.fault);
      }
      const byChance = chance(request, operation);
      return byChance === undefined ? drawn : [...drawn, byChance];
    },
  };
}

/** How each make words what the faults need words for. */
export interface FaultWords {
  throttle(fault: Extract<DirectoryFault, { fault: 'throttle' }>, now: number): Omit<DirectoryAnswer, 'operation'>;
  unauthorized(): Omit<DirectoryAnswer, 'operation'>;
  forbidden(): Omit<DirectoryAnswer, 'operation'>;
}

/** The `Retry-After` header that a throttling fault asks for. */
export function retryAfterOf(
  fault: Extract<DirectoryFault, { fault: 'throttle' }>,
  now: number,
): Readonly<Record<string, string>> {
  const { retryAfter = fault.seconds ?? 2, seconds = 2 } = fault;
  if (retryAfter === null) return {};
  return { 'retry-after': retryAfter === 'date' ? new Date(now + seconds * 1_000).toUTCString() : `${retryAfter}` };
}
