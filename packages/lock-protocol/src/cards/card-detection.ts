import { type CardDialogue, encodeApdu, encodeNativeCommand, readCardAnswer } from './card-dialogue.js';
import { isGenuineCard, originalitySizeBytes } from './card-originality.js';
import { selectSigningApplication } from './card-signature.js';
import type { CardSighting } from './card-technology.js';

/** The NDEF application of NTAG 424 DNA, whose keys authenticate. */
const ntagApplication = Uint8Array.of(0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01);
/** The application of locks on DESFire cards (SPEC §10.11). */
const desfireApplication = Uint8Array.of(0xf5, 0x4c, 0x50);

/** Goes on with another dialogue when one has ended. */
export function thenAsk<A, B>(dialogue: CardDialogue<A>, next: (result: A) => CardDialogue<B>): CardDialogue<B> {
  if ('result' in dialogue) return next(dialogue.result);
  return { apdu: dialogue.apdu, next: (answer) => thenAsk(dialogue.next(answer), next) };
}

/** Selects the application in which NTAG 424 DNA authenticates; tells whether it is there. */
export function selectNtagApplication(): CardDialogue<boolean> {
  return {
    apdu: encodeApdu([0x00, 0xa4, 0x04, 0x0c], ntagApplication),
    next: (answer) => ({ result: readCardAnswer(answer).status === '9000' }),
  };
}

/** Selects the application of locks on a DESFire card; tells whether it is there. */
export function selectDesfireApplication(): CardDialogue<boolean> {
  return {
    apdu: encodeNativeCommand(0x5a, desfireApplication),
    next: (answer) => ({ result: readCardAnswer(answer).status === '9100' }),
  };
}

/** The application's secrets are AES, 14 of them, each changed with number 0; only that may change how it is set up. */
const desfireSettings = [0x0b, 0x8e] as const;

/** Makes the application of locks on a DESFire card that has none, as its maker's settings let anybody; tells whether it is made. */
export function createDesfireApplication(): CardDialogue<boolean> {
  return {
    apdu: encodeNativeCommand(0x5a, new Uint8Array(3)),
    next: (answer) =>
      readCardAnswer(answer).status === '9100'
        ? {
            apdu: encodeNativeCommand(0xca, Uint8Array.of(...desfireApplication, ...desfireSettings)),
            next: (made) => ({ result: readCardAnswer(made).status === '9100' }),
          }
        : { result: false },
  };
}

/** First bytes of GetVersion: maker, kind and generation of the chip; `undefined` from a card that has no such command. */
function askVersion(): CardDialogue<Uint8Array | undefined> {
  return {
    apdu: encodeNativeCommand(0x60),
    next: (first) => {
      const { data: hardware, status } = readCardAnswer(first);
      if (status !== '91af' || hardware.length !== 7) return { result: undefined };
      // The two parts after it, with software and production data, must be fetched, or the next command goes astray.
      const rest = (left: number): CardDialogue<Uint8Array | undefined> => ({
        apdu: encodeNativeCommand(0xaf),
        next: (answer) => {
          const part = readCardAnswer(answer).status;
          if (left > 1 && part === '91af') return rest(left - 1);
          return { result: left === 1 && part === '9100' ? hardware : undefined };
        },
      });
      return rest(2);
    },
  };
}

function askGenuine(uid: Uint8Array): CardDialogue<boolean | undefined> {
  return {
    apdu: encodeNativeCommand(0x3c, Uint8Array.of(0)),
    next: (answer) => {
      const { data, status } = readCardAnswer(answer);
      const isSignature = (status === '9190' || status === '9100') && data.length === originalitySizeBytes;
      return { result: isSignature ? isGenuineCard(uid, data) : undefined };
    },
  };
}

type Kind = CardSighting['technology'];
const nxp = 0x04;

/** DESFire EV2 is generation 0x12; EV1 (0x01) cannot authenticate as EV2 does. NTAG 424 DNA is kind 4, generation 0x30. */
function kindOf(version: Uint8Array | undefined): Kind {
  const [maker, kind = 0, , generation = 0] = version ?? [];
  if (maker !== nxp) return 'uid-only';
  if ((kind & 0x0f) === 0x04 && generation === 0x30) return 'ntag-424';
  return (kind & 0x0f) === 0x01 && generation >= 0x12 ? 'desfire' : 'uid-only';
}

/**
 * Finds out what kind of card is in the field, by asking it: a signing card first, then NTAG 424 DNA and DESFire. A card
 * may lie, and gains nothing by it: it must prove what it says.
 *
 * @param uid From the anticollision, in ISO 14443-3 order.
 */
export function detectCard(uid: Uint8Array): CardDialogue<CardSighting> {
  const known = (technology: Kind): CardDialogue<CardSighting> =>
    thenAsk(askGenuine(uid), (genuine) => ({
      result: { technology, uid, ...(genuine === undefined ? {} : { genuine }) },
    }));
  return thenAsk(selectSigningApplication(), (signs) => {
    if (signs) return { result: { technology: 'public-key', uid } };
    // Either answer will do: the version tells.
    return thenAsk(selectNtagApplication(), () =>
      thenAsk(askVersion(), (version) => {
        const technology = kindOf(version);
        return technology === 'uid-only' ? { result: { technology, uid } } : known(technology);
      }),
    );
  });
}
