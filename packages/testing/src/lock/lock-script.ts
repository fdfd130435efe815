import type { VirtualController } from '../air/controller.js';
import type { EmulatedCard } from '../cards/emulated-card.js';
import { createDesfireCard, createNtag424Card } from '../cards/ev2-card.js';
import { createSigningCard } from '../cards/signing-card.js';
import { createUidCard } from '../cards/uid-card.js';
import { attError } from '../gatt/att-codes.js';
import type { GattFault } from '../gatt/gatt-faults.js';
import type { GattRadio } from '../gatt/gatt-server.js';
import { type LockCommand, lockCommandUsage, parseLockCommand, type RadioFault } from './lock-command.js';
import type { SimulatedLock } from './simulated-lock.js';

/** What one line of a script is answered; as JSON it is one line. */
export type ScriptReply =
  | { readonly ok: true; readonly do: LockCommand['do']; readonly [field: string]: unknown }
  | {
      readonly ok: false;
      readonly code: 'unknown-command' | 'bad-argument' | 'power-lost' | 'no-such-radio';
      readonly message: string;
    };

/** A lock that does what lines of a script say. */
export interface LockScript {
  /** Does one line; `undefined` for an empty one and a comment. A line that is refused changes nothing. */
  run(line: string): Promise<ScriptReply | undefined>;
}

/** What needs a lock that runs. */
const needsPower: readonly LockCommand['do'][] = ['commission', 'tap', 'code', 'tamper', 'present', 'reset'];

const off: ScriptReply = { ok: false, code: 'power-lost', message: 'The lock has no power; power-on gives it back.' };

const noAir: ScriptReply = {
  ok: false,
  code: 'no-such-radio',
  message: 'This fault is one of the virtual air, and the lock is on another radio.',
};

/** Binds a lock to a script. `virtual` is its radio when that is one of a virtual air, whose faults can be set. */
export function createLockScript<Radio extends GattRadio>(o: {
  readonly lock: SimulatedLock<Radio>;
  readonly virtual: VirtualController | undefined;
  readonly after: (delayMs: number, run: () => void) => unknown;
}): LockScript {
  const { lock } = o;
  const perform = async (command: LockCommand): Promise<ScriptReply> => {
    if (!lock.powered && needsPower.includes(command.do)) return off;
    const done: ScriptReply = { ok: true, do: command.do };
    switch (command.do) {
      case 'help':
        return { ...done, commands: lockCommandUsage };
      case 'status':
        return { ...done, ...statusOf(lock) };
      case 'log':
        return { ...done, entries: lock.log.slice(-command.newest).map(readable) };
      case 'label':
        return { ...done, label: lock.label };
      case 'commission':
        await lock.commission(command);
        return done;
      case 'tap':
        return { ...done, ...(await tap(lock, command)) };
      case 'code':
        lock.enterCode(command.digits);
        return done;
      case 'battery':
        lock.batteryPercent = command.percent;
        return done;
      case 'sag':
        lock.battery.sagPercent = command.percent;
        return done;
      case 'jam':
        lock.jam = command.at === 'off' ? undefined : { at: command.at, probability: command.probability };
        return done;
      case 'turn':
        lock.turnBolt(command.bolt);
        return done;
      case 'privacy':
        lock.privacy = command.on;
        return done;
      case 'tamper':
        lock.tamper();
        return done;
      case 'present':
        lock.pressButton();
        return done;
      case 'reset':
        lock.factoryReset();
        return { ...done, tag: hex(lock.tag) };
      case 'cut-power':
        lock.flash.cutAfter(command.afterBytes);
        return done;
      case 'power-on':
        await lock.powerOn();
        return done;
      case 'clock':
        if (command.to === 'restart') lock.clock.restart();
        else if (command.to === 'stop') lock.clock.stop();
        else if (command.to === 'resume') lock.clock.resume();
        else lock.clock.jump(command.to);
        return { ...done, clock: lock.clock.quality, utcSeconds: lock.clock.utcSeconds() };
      case 'drift':
        lock.clock.driftPpm = command.ppm;
        return done;
      case 'radio':
        return setRadioFault(o, command.fault) ? done : noAir;
      case 'wait':
        await new Promise<void>((resolve) => void o.after(command.ms, resolve));
        return done;
      case 'quit':
        return done;
    }
  };
  return {
    async run(line) {
      const parsed = parseLockCommand(line);
      if (parsed.kind === 'nothing') return undefined;
      if (parsed.kind === 'command') return await perform(parsed.command);
      return { ok: false, code: parsed.code, message: parsed.message };
    },
  };
}

function statusOf<Radio extends GattRadio>(lock: SimulatedLock<Radio>): Readonly<Record<string, unknown>> {
  const { trust, jam } = lock;
  return {
    tag: hex(lock.tag),
    address: lock.address,
    publicKey: hex(lock.publicKey),
    ...(lock.p256PublicKey ? { p256PublicKey: hex(lock.p256PublicKey) } : {}),
    identityPublicKey: hex(lock.identityPublicKey),
    powered: lock.powered,
    bolt: lock.bolt,
    boltMoves: lock.boltMoves,
    batteryPercent: lock.batteryPercent,
    privacy: lock.privacy,
    jam: jam ?? null,
    clock: lock.clock.quality,
    utcSeconds: lock.clock.utcSeconds(),
    obeys: trust === undefined ? null : { property: hex(trust.property), epoch: trust.epoch },
    logSeq: lock.log.at(-1)?.seq ?? 0,
    flashWrittenBytes: lock.flash.writtenBytes,
  };
}

async function tap<Radio extends GattRadio>(
  lock: SimulatedLock<Radio>,
  { card, uid, secret, key }: Extract<LockCommand, { do: 'tap' }>,
): Promise<Readonly<Record<string, unknown>>> {
  if (card === 'public-key') {
    const signing = createSigningCard({ uid, privateKey: pkcs8Of(secret) });
    await lock.holdCard(signing);
    return { publicKey: hex(signing.publicKey) };
  }
  const emulated: EmulatedCard =
    card === 'uid'
      ? createUidCard(uid)
      : (card === 'ntag424' ? createNtag424Card : createDesfireCard)({ uid, secrets: new Map([[key, secret]]) });
  await lock.holdCard(emulated);
  return {};
}

/** A P-256 secret as RFC 5208 and RFC 5915 wrap it. */
function pkcs8Of(secret: Uint8Array): Uint8Array {
  const head = '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420';
  return Buffer.concat([Buffer.from(head, 'hex'), secret]);
}

/** False when the fault is one of a virtual air, and the lock is not on one. */
function setRadioFault<Radio extends GattRadio>(
  { lock, virtual }: { readonly lock: SimulatedLock<Radio>; readonly virtual: VirtualController | undefined },
  fault: RadioFault,
): boolean {
  switch (fault.fault) {
    case 'none':
      virtual?.faults.clear();
      lock.server.faults.onRequest = undefined;
      return true;
    case 'ignore':
    case 'withhold':
    case 'drop':
    case 'refuse': {
      let left = fault.times;
      const met = requestFaults[fault.fault];
      lock.server.faults.onRequest = () => {
        left -= 1;
        return left < 0 ? undefined : met;
      };
      return true;
    }
    case 'lose-links':
      for (const link of virtual?.links ?? []) link.lose();
      return virtual !== undefined;
    case 'latency':
      if (virtual !== undefined) virtual.faults.latencyMs = fault.ms;
      return virtual !== undefined;
    case 'unheard':
    case 'frozen':
      if (virtual !== undefined) virtual.faults[fault.fault] = fault.on;
      return virtual !== undefined;
  }
}

const requestFaults: Readonly<Record<'ignore' | 'withhold' | 'drop' | 'refuse', GattFault>> = {
  ignore: { action: 'ignore' },
  withhold: { action: 'withhold' },
  drop: { action: 'drop', when: 'executed' },
  refuse: { action: 'refuse', error: attError.unlikelyError },
};

/** A value with its byte strings in hex. */
function readable<Value extends object>(value: Value): Readonly<Record<string, unknown>> {
  const fields = Object.entries(value).map(([name, field]) => [name, field instanceof Uint8Array ? hex(field) : field]);
  return Object.fromEntries(fields);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
