import { parseArgs } from 'node:util';

/** Where a lock is heard. */
export type LockPlace =
  /** An air of its own, whose adapters are behind this Unix socket. */
  | { readonly kind: 'serve'; readonly socketPath: string }
  /** An adapter of somebody else's air, or any controller that speaks H4 there. */
  | { readonly kind: 'socket'; readonly socketPath: string }
  /** A Bluetooth adapter of this machine. */
  | { readonly kind: 'adapter'; readonly adapter: number };

/** What the command was asked for. */
export type LockErrand =
  | { readonly kind: 'help' }
  | { readonly kind: 'label'; readonly flashPath: string | undefined }
  | {
      readonly kind: 'run';
      readonly place: LockPlace;
      readonly flashPath: string | undefined;
      readonly scriptPath: string | undefined;
      readonly relockMs: number | undefined;
      readonly seed: number | undefined;
      readonly suite2: boolean;
    }
  /** One sentence for who typed it. */
  | { readonly kind: 'refused'; readonly sentence: string };

/** The text of `latchwork-lock --help`. */
export const lockHelp = `Usage: latchwork-lock (--serve <path> | --socket <path> | --adapter <n>) [options]

A simulated lock that speaks OLP/1 over Bluetooth Low Energy.

Where it is heard, one of
  --serve <path>    an air of its own; a gateway finds the lock through the adapter at this Unix socket
  --socket <path>   the controller behind this Unix socket, which speaks H4 (an adapter of somebody's air)
  --adapter <n>     a Bluetooth adapter of this machine (Linux, HCI user channel; the adapter must be down)

Options
  --flash <file>    keep the lock in this file; without it the lock is gone with the process
  --script <file>   do the lines of this file first
  --relock <ms>     how long the door stays unlocked; 5000 without it
  --seed <n>        decides what jams by chance and what a cut leaves in the flash
  --suite2          make it with a P-256 key too, for phones that keep theirs in hardware
  --label           print the text of the lock's QR code and end; needs --flash to be of use later
  --help            print this text and end

Lines on stdin tell the running lock what to do; help lists them. Every line is answered by one line of JSON, and what
happens at the lock is told in between, also one line of JSON each. SIGTERM, SIGINT and quit end it.
`;

/** Reads the arguments of the command. */
export function parseLockArguments(args: readonly string[]): LockErrand {
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        serve: { type: 'string' },
        socket: { type: 'string' },
        adapter: { type: 'string' },
        flash: { type: 'string' },
        script: { type: 'string' },
        relock: { type: 'string' },
        seed: { type: 'string' },
        suite2: { type: 'boolean' },
        label: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\.? To specify|\n/);
    return { kind: 'refused', sentence: `${first.replace(/\.$/, '')}; --help tells what there is.` };
  }
  if (values['help'] === true) return { kind: 'help' };
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const flashPath = text('flash');
  const emptyName = ['serve', 'socket', 'flash', 'script'].find((name) => text(name) === '');
  if (emptyName !== undefined) return { kind: 'refused', sentence: `--${emptyName} needs a path.` };
  if (values['label'] === true) return { kind: 'label', flashPath };
  const [serve, socket, adapter] = [text('serve'), text('socket'), text('adapter')];
  const places: readonly (LockPlace | undefined)[] = [
    serve === undefined ? undefined : { kind: 'serve', socketPath: serve },
    socket === undefined ? undefined : { kind: 'socket', socketPath: socket },
    adapter === undefined ? undefined : { kind: 'adapter', adapter: Number(adapter) },
  ];
  const [place, another] = places.filter((each) => each !== undefined);
  if (place === undefined || another !== undefined) {
    return {
      kind: 'refused',
      sentence: 'give one of --serve, --socket and --adapter, so that the lock is heard somewhere.',
    };
  }
  const numbers = [
    ['adapter', 255],
    ['relock', 3_600_000],
    ['seed', 0xffff_ffff],
  ] as const;
  for (const [name, most] of numbers) {
    const value = text(name);
    if (value === undefined || (/^\d{1,10}$/.test(value) && Number(value) <= most)) continue;
    return { kind: 'refused', sentence: `--${name} takes a whole number up to ${most}.` };
  }
  const numberOf = (name: string): number | undefined => {
    const value = text(name);
    return value === undefined ? undefined : Number(value);
  };
  return {
    kind: 'run',
    place,
    flashPath,
    scriptPath: text('script'),
    relockMs: numberOf('relock'),
    seed: numberOf('seed'),
    suite2: values['suite2'] === true,
  };
}
