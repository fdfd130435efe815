import { equalBytes } from '../encoding/byte-strings.js';
import {
  createDesfireApplication,
  selectDesfireApplication,
  selectNtagApplication,
  thenAsk,
} from './card-detection.js';
import type { CardDialogue } from './card-dialogue.js';
import { changeEv2Secret } from './ev2-change.js';
import { authenticateEv2First, type Ev2Outcome, type Ev2Session } from './ev2-first.js';

/** One of a card's secrets: what it shall be, and what it may be. */
export interface CardSecret {
  readonly keyNumber: number;
  /** 16 bytes: what it shall be. */
  readonly secret: Uint8Array;
  /** What it may be now, the likeliest first; of one alone nobody asks the card before. */
  readonly held: readonly Uint8Array[];
}

/** What is to be written, and into what kind of card. */
export interface CardWritingRequest {
  readonly chip: 'ntag-424' | 'desfire';
  /** Number 0, which changes the others, and all that shall be changed or looked at. */
  readonly secrets: readonly CardSecret[];
  /** Draws 16 bytes for each authentication. */
  readonly drawNonce: () => Uint8Array;
}

/**
 * What came of a writing. `written`: every secret was changed where it had to be and was proven by the card afterwards. `foreign`:
 * the card holds none of the secrets that number 0 may be. `unlike`: one of the others is none of what it may be. `lost`: the card
 * said what no such card says. After all but `written`, each secret is what it was or what it shall be.
 */
export type CardWriting =
  | { readonly outcome: 'written'; readonly changed: readonly number[] }
  | { readonly outcome: 'unlike'; readonly keyNumber: number }
  | { readonly outcome: 'foreign' | 'lost' };

/** The secret of each number as the maker delivers it. */
export const factorySecret: Uint8Array = new Uint8Array(16);

/** How many secrets a chip holds beside number 0. */
export const writableSecrets: Readonly<Record<CardWritingRequest['chip'], number>> = { 'ntag-424': 4, desfire: 13 };

type Failing = Exclude<CardWriting, { readonly outcome: 'written' }>;
type Writing = CardDialogue<CardWriting>;

/** How a secret was found to be. */
interface Found {
  readonly keyNumber: number;
  readonly secret: Uint8Array;
  readonly now: Uint8Array;
}

/**
 * Writes secrets into a card, and reads back that the card holds them: whatever a writing that was broken off has left, as long as
 * `held` has it. The property's own number 0 comes first, so that nobody else changes what follows, and goes last when the card is
 * given back to the state it was made in.
 */
export function writeCardSecrets(request: CardWritingRequest): Writing {
  const { secrets } = request;
  const own = secrets.find(({ keyNumber }) => keyNumber === 0);
  if (own === undefined) return { result: { outcome: 'foreign' } };
  const others = secrets.filter(({ keyNumber }) => keyNumber !== 0);
  const isGivenBack = equalBytes(own.secret, factorySecret);
  const readBack = (changed: readonly number[]) => proveAll(request, secrets, changed);
  const writeOthers = (now: Uint8Array, before: readonly number[]): Writing =>
    findAll(request, others, (found) =>
      withSession(request, { keyNumber: 0, secret: now }, (session) => {
        const due = found.filter((one) => !equalBytes(one.now, one.secret));
        return changeAll({ session, due, counter: 0 }, (counter) => {
          const changed = [...before, ...due.map(({ keyNumber }) => keyNumber)];
          if (!isGivenBack || equalBytes(now, factorySecret)) return readBack(changed);
          const last = { keyNumber: 0, secret: own.secret, now };
          return changeAll({ session, due: [last], counter }, () => readBack([...changed, 0]));
        });
      }),
    );
  return thenAsk(select(request, own), (isSelected) => {
    if (!isSelected) return { result: { outcome: 'foreign' } };
    return find(request, { ...own, asks: 'always' }, (now, session) => {
      if (now === undefined || session === undefined) return { result: { outcome: 'foreign' } };
      if (isGivenBack || equalBytes(now, own.secret)) return writeOthers(now, []);
      const first = { keyNumber: 0, secret: own.secret, now };
      return changeAll({ session, due: [first], counter: 0 }, () => writeOthers(own.secret, [0]));
    });
  });
}

function select({ chip }: CardWritingRequest, own: CardSecret): CardDialogue<boolean> {
  if (chip === 'ntag-424') return selectNtagApplication();
  return thenAsk(selectDesfireApplication(), (isThere) => {
    const mayBeNew = own.held.some((secret) => equalBytes(secret, factorySecret));
    if (isThere || !mayBeNew) return { result: isThere };
    return thenAsk(createDesfireApplication(), (isMade) => (isMade ? selectDesfireApplication() : { result: false }));
  });
}

type Asking = Pick<CardWritingRequest, 'drawNonce'>;

function authenticate(
  { drawNonce }: Asking,
  o: { readonly keyNumber: number; readonly secret: Uint8Array },
): CardDialogue<Ev2Outcome> {
  return authenticateEv2First({ ...o, nonce: drawNonce() });
}

const lost: { readonly result: Failing } = { result: { outcome: 'lost' } };

/** Finds which of the secrets it may be the card holds; one that can be but one is taken for it, unless it is asked always. */
function find(
  asking: Asking,
  o: Pick<CardSecret, 'keyNumber' | 'held'> & { readonly asks?: 'always' },
  next: (now: Uint8Array | undefined, session?: Ev2Session) => Writing,
): Writing {
  const { keyNumber, held, asks } = o;
  const [first, ...rest] = held;
  if (first === undefined) return next(undefined);
  if (rest.length === 0 && asks === undefined) return next(first);
  return thenAsk(authenticate(asking, { keyNumber, secret: first }), (proof) => {
    if (proof.outcome === 'lost') return lost;
    if (proof.outcome === 'proven') return next(first, proof.session);
    return find(asking, { keyNumber, held: rest, asks: 'always' }, next);
  });
}

function findAll(asking: Asking, secrets: readonly CardSecret[], next: (found: readonly Found[]) => Writing): Writing {
  const [first, ...rest] = secrets;
  if (first === undefined) return next([]);
  const { keyNumber, secret } = first;
  return find(asking, first, (now) => {
    if (now === undefined) return { result: { outcome: 'unlike', keyNumber } };
    return findAll(asking, rest, (found) => next([{ keyNumber, secret, now }, ...found]));
  });
}

function withSession(
  asking: Asking,
  o: { readonly keyNumber: number; readonly secret: Uint8Array },
  next: (session: Ev2Session) => Writing,
): Writing {
  return thenAsk(authenticate(asking, o), (proof) => (proof.outcome === 'proven' ? next(proof.session) : lost));
}

function changeAll(
  o: { readonly session: Ev2Session; readonly due: readonly Found[]; readonly counter: number },
  next: (counter: number) => Writing,
): Writing {
  const { session, due, counter } = o;
  const [first, ...rest] = due;
  if (first === undefined) return next(counter);
  const { keyNumber, secret, now } = first;
  return thenAsk(changeEv2Secret({ session, counter, keyNumber, before: now, secret }), (outcome) => {
    if (outcome === 'lost') return lost;
    if (outcome === 'refused') return { result: { outcome: 'unlike', keyNumber } };
    return changeAll({ session, due: rest, counter: counter + 1 }, next);
  });
}

function proveAll(asking: Asking, secrets: readonly CardSecret[], changed: readonly number[]): Writing {
  const [first, ...rest] = secrets;
  if (first === undefined) return { result: { outcome: 'written', changed } };
  const { keyNumber } = first;
  return thenAsk(authenticate(asking, first), ({ outcome }) => {
    if (outcome === 'lost') return lost;
    return outcome === 'proven' ? proveAll(asking, rest, changed) : { result: { outcome: 'unlike', keyNumber } };
  });
}
