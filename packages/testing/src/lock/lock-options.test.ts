import { expect, test } from 'vitest';
import { lockHelp, parseLockArguments } from './lock-options.js';

const bare = { flashPath: undefined, scriptPath: undefined, relockMs: undefined, seed: undefined, suite2: false };

test.each([
  [['--help'], { kind: 'help' }],
  [['--label', '--flash', 'a'], { kind: 'label', flashPath: 'a' }],
  [['--serve', '/x'], { kind: 'run', place: { kind: 'serve', socketPath: '/x' }, ...bare }],
  [['--socket=/x'], { kind: 'run', place: { kind: 'socket', socketPath: '/x' }, ...bare }],
  [
    ['--adapter', '1', '--relock', '50', '--seed', '9', '--script', 's', '--flash', 'f', '--suite2'],
    {
      kind: 'run',
      place: { kind: 'adapter', adapter: 1 },
      flashPath: 'f',
      scriptPath: 's',
      relockMs: 50,
      seed: 9,
      suite2: true,
    },
  ],
] as const)('%j', (args, errand) => {
  expect(parseLockArguments(args)).toEqual(errand);
});

test.each([
  [[], 'give one of --serve, --socket and --adapter, so that the lock is heard somewhere.'],
  [
    ['--serve', 'a', '--adapter', '0'],
    'give one of --serve, --socket and --adapter, so that the lock is heard somewhere.',
  ],
  [['--serve='], '--serve needs a path.'],
  [['--adapter', 'hci0'], '--adapter takes a whole number up to 255.'],
  [['--serve', 'a', '--relock', '-1'], undefined],
  [['--serve', 'a', '--seed', '1.5'], '--seed takes a whole number up to 4294967295.'],
  [['--unlock'], "Unknown option '--unlock'; --help tells what there is."],
  [
    ['open'],
    "Unexpected argument 'open'. This command does not take positional arguments; --help tells what there is.",
  ],
  [['--flash'], undefined],
])('%j is refused in one sentence', (args, sentence) => {
  const errand = parseLockArguments(args);
  expect(errand.kind).toBe('refused');
  if (errand.kind !== 'refused') return;
  expect(errand.sentence).toMatch(/^[^\n]+\.$/);
  if (sentence !== undefined) expect(errand.sentence).toBe(sentence);
});

test('the help names every option', () => {
  for (const option of ['serve', 'socket', 'adapter', 'flash', 'script', 'relock', 'seed', 'label', 'help']) {
    expect(lockHelp).toContain(`--${option} `);
  }
});
