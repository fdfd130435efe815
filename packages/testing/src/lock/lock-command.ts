/** How somebody's card is held to a simulated lock. */
export type CardKind = 'uid' | 'ntag424' | 'desfire' | 'public-key';

/** Commands of one word. */
type BareCommand = 'help' | 'status' | 'label' | 'reset' | 'present' | 'tamper' | 'power-on' | 'quit';

/** What a line of a script tells a simulated lock to do, or to suffer. */
export type LockCommand =
  | { readonly do: BareCommand }
  | { readonly do: 'log'; readonly newest: number }
  | {
      readonly do: 'commission';
      readonly rootPublicKey: Uint8Array;
      readonly property: Uint8Array;
      readonly epoch: number;
    }
  | {
      readonly do: 'tap';
      readonly card: CardKind;
      readonly uid: Uint8Array;
      /** AES-128 secret, 16 bytes; or of P-256, 32. Nothing for a card that has only its number. */
      readonly secret: Uint8Array;
      /** Number of the AES secret on the card. */
      readonly key: number;
    }
  | { readonly do: 'code'; readonly digits: string }
  | { readonly do: 'battery'; readonly percent: number | null }
  | { readonly do: 'sag'; readonly percent: number }
  | { readonly do: 'jam'; readonly at: 'start' | 'half-way' | 'off'; readonly probability: number }
  | { readonly do: 'turn'; readonly bolt: 'locked' | 'unlocked' }
  | { readonly do: 'privacy'; readonly on: boolean }
  | { readonly do: 'cut-power'; readonly afterBytes: number }
  | { readonly do: 'clock'; readonly to: number | 'restart' | 'stop' | 'resume' }
  | { readonly do: 'drift'; readonly ppm: number }
  | { readonly do: 'radio'; readonly fault: RadioFault }
  | { readonly do: 'wait'; readonly ms: number };

/** What goes wrong on a lock's radio. The last four meet the next so many requests of a caller. */
export type RadioFault =
  | { readonly fault: 'none' | 'lose-links' }
  | { readonly fault: 'unheard' | 'frozen'; readonly on: boolean }
  | { readonly fault: 'latency'; readonly ms: number }
  | { readonly fault: 'ignore' | 'withhold' | 'drop' | 'refuse'; readonly times: number };

/** What a line comes to. An empty line, and one that begins with `#`, is no command. */
export type ParsedLine =
  | { readonly kind: 'command'; readonly command: LockCommand }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly code: 'unknown-command' | 'bad-argument'; readonly message: string };

class BadArgument extends Error {}

/** Each command by its first word: how it is written, how many other words it takes, and what they mean. */
const commands: Readonly<
  Record<string, readonly [usage: string, mostWords: number, parse: (words: readonly string[]) => LockCommand]>
> = {
  help: ['help', 0, plain('help')],
  status: ['status', 0, plain('status')],
  log: ['log [newest]', 1, ([newest = '20']) => ({ do: 'log', newest: numberIn(newest, [1, 1_000]) })],
  label: ['label', 0, plain('label')],
  commission: [
    'commission <root public key> <property> <epoch>',
    3,
    ([root, property, epoch]) => ({
      do: 'commission',
      rootPublicKey: bytesOf(root, [32]),
      property: bytesOf(property, [8]),
      epoch: numberIn(epoch, [0, 0xffff_ffff]),
    }),
  ],
  tap: ['tap uid|ntag424|desfire|public-key <uid> [secret [key number]]', 4, parseTap],
  code: ['code <digits>', 1, ([digits = '']) => ({ do: 'code', digits: matching(digits, /^\d{1,16}$/, 'digits') })],
  battery: [
    'battery <percent>|none',
    1,
    ([percent]) => ({ do: 'battery', percent: percent === 'none' ? null : numberIn(percent, [0, 100]) }),
  ],
  sag: ['sag <percent>', 1, ([percent]) => ({ do: 'sag', percent: numberIn(percent, [0, 100]) })],
  jam: ['jam on|off|half-way [probability]', 2, parseJam],
  turn: ['turn locked|unlocked', 1, ([bolt]) => ({ do: 'turn', bolt: oneOf(bolt, ['locked', 'unlocked']) })],
  privacy: ['privacy on|off', 1, ([on]) => ({ do: 'privacy', on: isOn(on) })],
  tamper: ['tamper', 0, plain('tamper')],
  present: ['present', 0, plain('present')],
  reset: ['reset', 0, plain('reset')],
  'cut-power': ['cut-power [after <bytes> bytes]', 3, parseCut],
  'power-on': ['power-on', 0, plain('power-on')],
  clock: ['clock <seconds to jump>|restart|stop|resume', 1, parseClock],
  drift: ['drift <ppm>', 1, ([ppm]) => ({ do: 'drift', ppm: numberIn(ppm, [-500_000, 500_000]) })],
  radio: [
    'radio none|lose-links|unheard on|frozen on|latency <ms>|ignore [n]|withhold [n]|drop [n]|refuse [n]',
    2,
    parseRadio,
  ],
  wait: ['wait <ms>', 1, ([ms]) => ({ do: 'wait', ms: numberIn(ms, [0, 3_600_000]) })],
  quit: ['quit', 0, plain('quit')],
};

/** How each command is written. */
export const lockCommandUsage: readonly string[] = Object.values(commands).map(([usage]) => usage);

const longestLine = 1_000;

/** Reads one line of a script. Nothing it holds throws. */
export function parseLockCommand(line: string): ParsedLine {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return { kind: 'nothing' };
  const [name = '', ...words] = text.length > longestLine ? [] : text.split(/\s+/);
  const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (found === undefined) {
    return { kind: 'refused', code: 'unknown-command', message: 'There is no such command; help lists them all.' };
  }
  const [usage, mostWords, parse] = found;
  try {
    if (words.length > mostWords) throw new BadArgument('it has too many words');
    return { kind: 'command', command: parse(words) };
  } catch (error) {
    if (!(error instanceof BadArgument)) throw error;
    return { kind: 'refused', code: 'bad-argument', message: `Written ${usage}: ${error.message}.` };
  }
}

function plain(name: BareCommand): () => LockCommand {
  return () => ({ do: name });
}

function parseTap([kind, uid, secret = '', key = '0']: readonly string[]): LockCommand {
  const card = oneOf(kind, ['uid', 'ntag424', 'desfire', 'public-key']);
  const secretSizeBytes = { uid: 0, ntag424: 16, desfire: 16, 'public-key': 32 }[card];
  return {
    do: 'tap',
    card,
    uid: bytesOf(uid, card === 'uid' ? [4, 7, 10] : [7]),
    secret: bytesOf(secret, [secretSizeBytes]),
    key: numberIn(key, [0, 13]),
  };
}

function parseJam([how, probability = '1']: readonly string[]): LockCommand {
  const at = oneOf(how, ['on', 'off', 'half-way']);
  const chance = Number(matching(probability, /^(0|1|0?\.\d{1,6}|1\.0*)$/, 'a probability from 0 to 1'));
  return { do: 'jam', at: at === 'on' ? 'start' : at, probability: chance };
}

function parseCut(words: readonly string[]): LockCommand {
  if (words.length === 0) return { do: 'cut-power', afterBytes: 0 };
  const [after, bytes, unit = 'bytes'] = words;
  if (after !== 'after' || unit !== 'bytes') throw new BadArgument('after what, and how many bytes');
  return { do: 'cut-power', afterBytes: numberIn(bytes, [1, 100_000_000]) };
}

function parseClock([to]: readonly string[]): LockCommand {
  if (to === 'restart' || to === 'stop' || to === 'resume') return { do: 'clock', to };
  return { do: 'clock', to: numberIn(to, [-4_000_000_000, 4_000_000_000]) };
}

function parseRadio([fault, value]: readonly string[]): LockCommand {
  const name = oneOf(fault, [
    ...(['none', 'lose-links', 'unheard', 'frozen', 'latency'] as const),
    ...(['ignore', 'withhold', 'drop', 'refuse'] as const),
  ]);
  if (name === 'none' || name === 'lose-links') {
    if (value !== undefined) throw new BadArgument('it takes no other words');
    return { do: 'radio', fault: { fault: name } };
  }
  if (name === 'unheard' || name === 'frozen') return { do: 'radio', fault: { fault: name, on: isOn(value) } };
  if (name === 'latency') return { do: 'radio', fault: { fault: name, ms: numberIn(value, [0, 60_000]) } };
  return { do: 'radio', fault: { fault: name, times: numberIn(value ?? '1', [1, 1_000_000]) } };
}

function isOn(word: string | undefined): boolean {
  return oneOf(word, ['on', 'off']) === 'on';
}

function oneOf<const Word extends string>(word: string | undefined, words: readonly Word[]): Word {
  const found = words.find((each) => each === word);
  if (found === undefined) throw new BadArgument(`one of ${words.join(', ')} is missing`);
  return found;
}

function numberIn(word: string | undefined, [least, most]: readonly [number, number]): number {
  const value = word !== undefined && /^[+-]?\d{1,12}$/.test(word) ? Number(word) : Number.NaN;
  if (!(value >= least && value <= most)) throw new BadArgument(`a whole number from ${least} to ${most} is missing`);
  return value;
}

function bytesOf(word: string | undefined, sizesBytes: readonly number[]): Uint8Array {
  const sizes = sizesBytes.map((size) => size * 2).join(' or ');
  const hex = matching(word ?? '', /^[0-9a-f]*$/i, `${sizes} hex digits`);
  if (!sizesBytes.includes(hex.length / 2)) throw new BadArgument(`${sizes} hex digits are missing`);
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function matching(word: string, pattern: RegExp, what: string): string {
  if (!pattern.test(word)) throw new BadArgument(`${what} missing`);
  return word;
}
