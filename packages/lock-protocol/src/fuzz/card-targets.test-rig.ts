import { p256 } from '@noble/curves/nist.js';
import { encryptBlocks } from '../cards/card-aes.js';
import type { CardDialogue } from '../cards/card-dialogue.js';
import { signedByCard } from '../cards/card-signature.js';
import { challengeCard, detectCard } from '../cards/cards.js';
import type { CardCheck } from '../cards/door-state.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { createTape, tapes } from './tape.test-rig.js';
import { FuzzFault, type FuzzTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** What cards say at the end of an answer, and nothing at all. */
const statuses = ['9000', '9100', '91af', '9190', '91ae', '9140', '6a82', ''].map((status) =>
  Uint8Array.from(status.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
);
/** Sizes that answers have, and those beside them. */
const sizes = [0, 7, 16, 32, 56, 119, 1, 15, 17, 31, 33, 118, 120, 255] as const;
/** No longer talk than its runner allows. */
const mostCommands = 16;

/** Cards in the field of the reader that answer what they like, and know everything but the secret. */
export function cardTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, tag } = world;
  const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
  const nonce = crypto.randomBytes(16);
  const signing = p256.utils.randomSecretKey(crypto.randomBytes(48));
  const publicKey = p256.getPublicKey(signing);
  const otherKey = crypto.p256KeyPair().publicKey;
  const cardNonce = crypto.randomBytes(16);
  /** As a card answers that signs; `named` is the key that it says is its own. */
  const signedAnswer = (named: Uint8Array, asked: Uint8Array) => {
    const message = signedByCard({ lock: tag, nonce: asked, cardNonce, publicKey: named });
    const signature = p256.sign(message, signing);
    const fields = [
      [0x5a, named],
      [0x4e, cardNonce],
      [0x9e, signature],
    ] as const;
    return concatBytes(...fields.flatMap(([label, value]) => [Uint8Array.of(label, value.length), value]));
  };
  const honest = signedAnswer(publicKey, nonce);
  const aes = { kind: 'aes', uid, secret: crypto.randomBytes(16), keyNumber: 1, nonce } as const;
  const wrongSecret = crypto.randomBytes(16);
  const version = (kind: number, generation: number) => Uint8Array.of(4, kind, 1, generation, 0, 0x1a, 5);
  // Somebody else's signature, one for another door, one by another key; what a card with another secret says.
  const known = [
    ...[signedAnswer(otherKey, nonce), signedAnswer(publicKey, tag.slice(0, 8)), version(4, 0x30), version(1, 0x12)],
    encryptBlocks(wrongSecret, concatBytes(nonce, nonce)),
  ];
  /** Bytes that name an answer: which status, which data. */
  const talk = (...answers: readonly (readonly [status: number, kind: number])[]) => Uint8Array.from(answers.flat());
  const found = [
    talk([0, 3], [0, 3], [2, 7], [2, 3], [1, 3], [3, 20]),
    talk([6, 3], [6, 3], [2, 8], [2, 3], [1, 3], [1, 20]),
  ];
  const dialogue = <Result>(name: string, o: Dialogue<Result>): FuzzTarget => ({
    ...{ name, covers: [], corpus: [...o.corpus, ...tapes(world, 60)] },
    run: (input) => {
      const tape = createTape(input);
      let step = o.begin();
      let commands = 0;
      for (; !('result' in step); commands += 1) {
        if (commands >= mostCommands) throw new FuzzFault('A talk with a card does not come to an end.');
        if (step.apdu.length > 261) throw new FuzzFault(`A command has ${step.apdu.length} bytes.`);
        if (tape.isOver()) break;
        const status = statuses[tape.next() % statuses.length] ?? nonce;
        const answer = concatBytes(answerOf(tape, [...known, ...o.known]), status);
        world.went(`${name} ${commands} ${String(status)}`);
        step = step.next(answer);
      }
      if (!('result' in step)) return true;
      world.went(`${name} ${commands} ${o.nameOf(step.result)}`);
      if (o.isForged(step.result)) throw new FuzzFault('A card proves what it does not hold.');
      return true;
    },
  });
  const proof = { nameOf: ({ outcome }: CardCheck) => outcome, known: [] };
  return [
    dialogue('card: what it is', {
      ...{ begin: () => detectCard(uid), known: [], corpus: found },
      nameOf: ({ technology, genuine }) => `${technology} ${genuine}`,
      // Its maker's signature nobody here can make.
      isForged: ({ genuine }) => genuine === true,
    }),
    dialogue('card: proving a signature', {
      ...proof,
      begin: () => challengeCard({ kind: 'public-key', nonce }, tag),
      corpus: [talk([0, 3], [0, 10])],
      known: [honest],
      isForged: (check) => check.outcome === 'proven' && String(check.publicKey) !== String(publicKey),
    }),
    ...(['ntag-424', 'desfire'] as const).map((technology) =>
      dialogue<CardCheck>(`card: ${technology} proving AES`, {
        ...proof,
        begin: () => challengeCard({ ...aes, technology }, tag),
        corpus: [talk([technology === 'desfire' ? 1 : 0, 3], [2, 18], [1, 19]), talk([1, 3], [2, 9], [4, 3])],
        isForged: ({ outcome }) => outcome === 'proven',
      }),
    ),
  ];
}

interface Dialogue<Result> {
  readonly begin: () => CardDialogue<Result>;
  readonly corpus: readonly Uint8Array[];
  /** Answers that it may give besides. */
  readonly known: readonly Uint8Array[];
  readonly nameOf: (result: Result) => string;
  readonly isForged: (result: Result) => boolean;
}

/** Nothing, something known, something known with a byte changed, or bytes of a size that answers have. */
function answerOf(tape: ReturnType<typeof createTape>, known: readonly Uint8Array[]): Uint8Array {
  const kind = tape.next(40);
  if (kind < 4) return new Uint8Array(0);
  if (kind < 5) return tape.bytes(tape.next());
  if (kind < 16) return known[(kind - 5) % known.length] ?? new Uint8Array(0);
  if (kind < 30) return concatBytes(tape.bytes(2), new Uint8Array(255)).subarray(0, sizes[kind - 16]);
  const changed = (known[(kind - 30) % known.length] ?? new Uint8Array(1)).slice();
  const at = tape.next() % changed.length;
  changed[at] = (changed[at] ?? 0) ^ tape.next();
  return changed;
}
