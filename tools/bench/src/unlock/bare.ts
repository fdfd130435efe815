// Bare noble: nothing of ours between it and the air. Connect, find the characteristics, subscribe, two round trips.
import { createRequire } from 'node:module';
import { type BareReply, type BareRequest, echo, roundTrips } from './messages.js';

interface Characteristic {
  readonly uuid: string;
  once(event: 'data', listener: (data: Buffer) => void): void;
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

process.on('message', async ({ address }: BareRequest) => {
  const peripheral = peripherals.get(address);
  if (peripheral === undefined) throw new Error(`${address} was never heard`);
  const start = performance.now();
  await peripheral.connectAsync();
  const connected = performance.now();
  const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync(
    [plain(echo.service)],
    [plain(echo.input), plain(echo.output)],
  );
  const discovered = performance.now();
  const [input, output] = [echo.input, echo.output].map((uuid) => characteristics.find((c) => c.uuid === plain(uuid)));
  if (input === undefined || output === undefined) throw new Error('the echo service is incomplete');
  await output.subscribeAsync();
  const subscribed = performance.now();
  for (const { write, notify } of roundTrips) {
    const answered = new Promise<Buffer>((resolve) => output.once('data', resolve));
    const request = Buffer.alloc(write);
    request.writeUInt16BE(notify, 0);
    await input.writeAsync(request, true);
    await answered;
  }
  const end = performance.now();
  await peripheral.disconnectAsync();
  say({
    type: 'done',
    connect: connected - start,
    discover: discovered - connected,
    subscribe: subscribed - discovered,
    roundTrips: end - subscribed,
    total: end - start,
  });
});
process.on('disconnect', () => process.exit(0));
say({ type: 'ready' });
