/**
 * A talk with a card as data: the next command, and what to do with the answer; or what came of it. Each is a function of
 * what the card says, so that it can be replayed, and driven by any reader.
 */
export type CardDialogue<Result> =
  | {
      /** A command of ISO 7816-4, to be sent as it is. */
      readonly apdu: Uint8Array;
      /** The card's answer, with its two status bytes. */
      readonly next: (answer: Uint8Array) => CardDialogue<Result>;
    }
  | { readonly result: Result };

/** Sends one command to the card in the field; rejects when it has gone. */
export type TransmitApdu = (apdu: Uint8Array) => Promise<Uint8Array>;

/** Most commands of one dialogue: no card keeps a reader longer. */
const mostCommands = 16;

/** Leads a dialogue to its end; rejects when the card has gone, or does not come to an end. */
export async function runCardDialogue<Result>(start: CardDialogue<Result>, transmit: TransmitApdu): Promise<Result> {
  let step = start;
  for (let sent = 0; sent < mostCommands; sent += 1) {
    if ('result' in step) return step.result;
    step = step.next(await transmit(step.apdu));
  }
  if ('result' in step) return step.result;
  throw new Error('The card does not come to an end.');
}

/** What a card answered: its data, and its status as four lowercase hex digits. */
export interface CardAnswer {
  readonly data: Uint8Array;
  readonly status: string;
}

/** Parts an answer; one without a status has the status `none`. */
export function readCardAnswer(answer: Uint8Array): CardAnswer {
  if (answer.length < 2) return { data: answer, status: 'none' };
  const status = [...answer.subarray(-2)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { data: answer.slice(0, -2), status };
}

/** A command with data and a free length of answer. */
export function encodeApdu(
  [cla, ins, p1, p2]: readonly [number, number, number, number],
  data: Uint8Array,
): Uint8Array {
  const body = data.length === 0 ? [] : [data.length, ...data];
  return Uint8Array.of(cla, ins, p1, p2, ...body, 0);
}

/** A native command of DESFire and NTAG 424, wrapped as ISO 7816-4. */
export function encodeNativeCommand(command: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return encodeApdu([0x90, command, 0, 0], data);
}
