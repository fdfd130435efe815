import { createRequire } from 'node:module';
import type * as Pcsc from 'pcsc-mini';
import { GatewayError } from '../gateway-error.js';
import type { LaidCard } from './laid-card.js';

/** What becomes of readers and of the cards on them. */
export interface ReaderListener {
  /** A reader is there. */
  readonly found: (name: string) => void;
  /** A reader went away. */
  readonly gone: (name: string) => void;
  /** A card lies on a reader; the next one there is told of when this has settled and the card was lifted. */
  readonly card: (card: LaidCard) => Promise<void>;
  /** A card came and went before it said who it is, or says nothing. */
  readonly mute: () => void;
  /** The service of the readers is not there any more. */
  readonly failed: (error: Error) => void;
}

/** A PC/SC command that every reader of contactless cards answers with the UID of the card. */
const askUid = Uint8Array.of(0xff, 0xca, 0x00, 0x00, 0x00);

/**
 * Loads the binding late and here only: it is an optional dependency, and a gateway without an encoder needs none.
 *
 * @throws {@link GatewayError} `encoder` when it is not installed or the PC/SC library is missing.
 */
function loadPcsc(): typeof Pcsc {
  try {
    return createRequire(import.meta.url)('pcsc-mini') as typeof Pcsc;
  } catch (cause) {
    const message =
      'The readers of cards cannot be used: install pcsc-mini and libpcsclite1 (docs/operator/encoder.md).';
    throw new GatewayError({ code: 'encoder' }, message, { cause });
  }
}

/**
 * Watches the readers of this machine over PC/SC.
 *
 * @param part A part of the name of the readers to use; absent: all of them.
 * @throws {@link GatewayError} `encoder`.
 */
export function startPcscReaders(listener: ReaderListener, part?: string): AsyncDisposable {
  const pcsc = loadPcsc();
  const { CardDisposition, CardMode, ReaderStatus } = pcsc;
  const atWork = new Set<Promise<void>>();
  const client = new pcsc.Client();
  let isStopping = false;

  const meet = async (reader: Pcsc.Reader): Promise<void> => {
    let card: Pcsc.Card;
    let uid: Uint8Array;
    try {
      card = await reader.connect(CardMode.EXCLUSIVE);
      uid = uidOf(await card.transmit(askUid));
    } catch {
      listener.mute();
      return;
    }
    const live = card;
    try {
      await listener.card({ uid, transmit: async (apdu) => wholeAnswer(await live.transmit(apdu)) });
    } finally {
      await live.disconnect(CardDisposition.UNPOWER).catch(() => undefined);
    }
  };

  client.on('reader', (reader) => {
    const name = reader.name();
    if (part !== undefined && !name.includes(part)) return;
    listener.found(name);
    let isTaken = false;
    let working: Promise<void> | undefined;
    reader.on('change', (status) => {
      if (!status.has(ReaderStatus.PRESENT)) {
        isTaken = false;
        return;
      }
      if (isTaken || isStopping || status.hasAny(ReaderStatus.MUTE, ReaderStatus.EXCLUSIVE)) return;
      isTaken = true;
      const work = (working ?? Promise.resolve()).then(async () => await meet(reader)).catch(listener.failed);
      working = work;
      atWork.add(work);
      void work.finally(() => atWork.delete(work));
    });
    reader.on('disconnect', () => listener.gone(name));
  });
  client.on('error', (error) => {
    if (!isStopping) listener.failed(error);
  });
  try {
    client.start();
  } catch (cause) {
    const { code = 'unknown' } = cause as { readonly code?: string };
    const message = `The readers of cards cannot be used: pcscd does not answer (${code}); start it with "sudo systemctl start pcscd.socket".`;
    throw new GatewayError({ code: 'encoder' }, message, { cause });
  }
  return {
    [Symbol.asyncDispose]: async () => {
      isStopping = true;
      await Promise.all(atWork);
      client.stop();
    },
  };
}

/** Some drivers answer nothing, and call it success, when the card went away. */
function wholeAnswer(answer: Uint8Array): Uint8Array {
  if (answer.length < 2) throw new Error('The card has gone.');
  return Uint8Array.from(answer);
}

function uidOf(answer: Uint8Array): Uint8Array {
  const [high, low] = answer.slice(-2);
  if (high !== 0x90 || low !== 0x00) throw new Error('The reader does not tell the card’s UID.');
  return Uint8Array.from(answer.slice(0, -2));
}
