// Bare noble: nothing of ours between it and the air. It connects, finds the characteristics, reads INFO, subscribes, and
// says and hears as many bytes in the same turns as were said at a lock, one peripheral after another.
import { createRequire } from 'node:module';
import { type BareReply, type BareRequest, echo, type Visit } from './messages.js';

interface Characteristic {
  readonly uuid: string;
  on(event: 'data', listener: () => void): void;
  off(event: 'data', listener: () => void): void;
  readAsync(): Promise<Buffer>;
  subscribeAsync(): Promise<void>;
  writeAsync(data: Buffer, withoutResponse: boolean): Promise<void>;
}
interface Peripheral {
  readonly address: string;
  connectAsync(): Promise<void>;
  disconnectAsync(): Promise<void>;
  discoverSomeServicesAndCharacteristicsAsync(
    services: string[],
    characteristics: string[],
  ): Promise<{ readonly characteristics: readonly Characteristic[] }>;
}
interface Noble {
  on(event: 'stateChange', listener: (state: string) => void): void;
  on(event: 'discover', listener: (peripheral: Peripheral) => void): void;
  startScanningAsync(services: string[], allowDuplicates: boolean): Promise<void>;
  stopScanningAsync(): Promise<void>;
}

const plain = (uuid: string) => uuid.replaceAll('-', '');
const say = (reply: BareReply) => process.send?.(reply);
const create = createRequire(import.meta.url)('@abandonware/noble/with-custom-binding') as (o: object) => Noble;
const noble = create({ deviceId: 1 });
const expected = Number(process.argv[2]);
const peripherals = new Map<string, Peripheral>();

await new Promise<void>((resolve) => noble.on('stateChange', (state) => state === 'poweredOn' && resolve()));
const allHeard = new Promise<void>((resolve) =>
  noble.on('discover', (peripheral) => {
    peripherals.set(peripheral.address, peripheral);
    if (peripherals.size === expected) resolve();
  }),
);
await noble.startScanningAsync([plain(echo.service)], false);
await allHeard;
await noble.stopScanningAsync();

async function pay(peripheral: Peripheral, visit: Visit): Promise<void> {
  const wanted = [plain(echo.info), plain(echo.input), plain(echo.output)];
  await peripheral.connectAsync();
  const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync(
    [plain(echo.service)],
    wanted,
  );
  const [info, input, output] = wanted.map((uuid) => characteristics.find((found) => found.uuid === uuid));
  if (info === undefined || input === undefined || output === undefined) throw new Error('the service is incomplete');
  await output.subscribeAsync();
  await info.readAsync();
  let heard = 0;
  let awaited = Number.POSITIVE_INFINITY;
  let enough = () => {};
  const count = () => {
    heard += 1;
    if (heard >= awaited) enough();
  };
  output.on('data', count);
  let due = 0;
  for (const [index, [kind, sizeBytes]] of visit.entries()) {
    if (kind === 'notify') {
      due += 1;
      if (visit[index + 1]?.[0] === 'notify' || heard >= due) continue;
      awaited = due;
      await new Promise<void>((resolve) => {
        enough = resolve;
      });
    } else {
      await input.writeAsync(Buffer.alloc(sizeBytes), true);
    }
  }
  output.off('data', count);
  await peripheral.disconnectAsync();
}

process.on('message', async ({ visits }: BareRequest) => {
  const start = performance.now();
  for (const { address, visit } of visits) {
    const peripheral = peripherals.get(address);
    if (peripheral === undefined) throw new Error(`${address} was never heard`);
    await pay(peripheral, visit);
  }
  say({ type: 'done', totalMs: performance.now() - start });
});
process.on('disconnect', () => process.exit(0));
say({ type: 'ready' });
