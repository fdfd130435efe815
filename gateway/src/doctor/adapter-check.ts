import { join } from 'node:path';
import { type Finding, findingsOf } from './finding.js';
import { type MachineRoots, readNames, readTextOrNothing, runProgram } from './machine.js';
import { setSetting } from './remedy.js';

/** Whether an adapter is up, which is asked of `hciconfig`. */
export type AdapterPower = 'up' | 'down' | 'no-hciconfig' | 'unknown';

/** The adapters of this machine. */
export interface AdapterFacts {
  /** Numbers N of the adapters hciN that the kernel drives; null when it shows no Bluetooth at all. */
  readonly adapters: readonly number[] | null;
  /** False when the list cannot be read by this user. */
  readonly readable: boolean;
  /** USB devices that say they are Bluetooth controllers, as `vendor:product` in hexadecimal. */
  readonly usbControllers: readonly string[];
  /** The adapter that the configuration names. */
  readonly wanted: number | null;
  /** Of the adapter that the gateway would take. */
  readonly power: AdapterPower;
}

/** Debian's packages with the firmware that a controller needs before the kernel shows it, by USB vendor. */
const firmwarePackages: Readonly<Record<string, string>> = {
  '8087': 'firmware-iwlwifi',
  '0bda': 'firmware-realtek',
  '0cf3': 'firmware-atheros',
  '0a5c': 'firmware-brcm80211',
  '0e8d': 'firmware-misc-nonfree',
};

/** Which adapter the gateway would take. */
export function chosenAdapter(facts: Pick<AdapterFacts, 'adapters' | 'wanted'>): number | null {
  return facts.wanted ?? facts.adapters?.[0] ?? null;
}

/** Without an adapter that is up, no lock is heard or reached. */
export function decideAdapter(facts: AdapterFacts): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('bluetooth-adapter');
  const { adapters, wanted } = facts;
  if (!facts.readable) {
    return [warning('The Bluetooth adapters cannot be read from /sys/class/bluetooth.', 'ls -l /sys/class/bluetooth')];
  }
  if (adapters === null || adapters.length === 0) return [withoutAdapter(facts)];
  if (wanted !== null && !adapters.includes(wanted)) {
    const there = adapters.map((number) => `hci${number}`).join(', ');
    return [
      failure(
        `LATCHWORK_ADAPTER names hci${wanted}, but this machine has ${there}.`,
        setSetting('LATCHWORK_ADAPTER', `${adapters[0]}`),
      ),
    ];
  }
  const chosen = chosenAdapter(facts);
  const name = `hci${chosen}`;
  const several =
    wanted === null && adapters.length > 1
      ? [
          warning(
            `This machine has ${adapters.length} adapters and LATCHWORK_ADAPTER names none, so the gateway takes ${name}.`,
            setSetting('LATCHWORK_ADAPTER', `${chosen}`),
          ),
        ]
      : [];
  switch (facts.power) {
    case 'up':
      return [...several, ok(`The adapter ${name} is up.`)];
    case 'down':
      return [...several, failure(`The adapter ${name} is down.`, `sudo hciconfig ${name} up`)];
    case 'no-hciconfig':
      return [
        ...several,
        warning(
          `The adapter ${name} is there; hciconfig, which could say whether it is up and brings it up, is not installed.`,
          'sudo apt-get install --yes bluez && sudo systemctl disable --now bluetooth.service',
        ),
      ];
    case 'unknown':
      return [
        ...several,
        warning(`hciconfig does not say whether the adapter ${name} is up.`, `sudo hciconfig ${name} up`),
      ];
  }
}

function withoutAdapter({ usbControllers }: AdapterFacts): Finding {
  const { failure } = findingsOf('bluetooth-adapter');
  const [controller] = usbControllers;
  if (controller === undefined) {
    return failure(
      'This machine has no Bluetooth adapter: plug one in. If one is there, its driver is not loaded.',
      'sudo modprobe btusb',
    );
  }
  const firmware = firmwarePackages[controller.slice(0, 4)];
  const sentence = `The Bluetooth controller ${controller} is plugged in, but the kernel does not drive it: its driver or its firmware is missing.`;
  return firmware === undefined
    ? failure(sentence, 'sudo modprobe btusb && sudo dmesg | grep -i -e bluetooth -e firmware')
    : failure(
        sentence,
        `sudo apt-get install --yes ${firmware} && sudo modprobe --remove btusb && sudo modprobe btusb`,
      );
}

/** Finds the adapters, and asks after the one that the gateway would take. */
export async function gatherAdapters(roots: MachineRoots, wanted: number | null): Promise<AdapterFacts> {
  const found = await readNames(join(roots.sys, 'class/bluetooth'));
  // Connections are listed beside their adapters, as hci0:64.
  const numbers =
    typeof found === 'string'
      ? null
      : found.names
          .flatMap((name) => /^hci(\d+)$/.exec(name)?.[1] ?? [])
          .map(Number)
          .toSorted((a, b) => a - b);
  const chosen = chosenAdapter({ adapters: numbers, wanted });
  return {
    adapters: numbers,
    readable: found !== 'unreadable',
    usbControllers: await gatherUsbControllers(roots),
    wanted,
    power: chosen !== null && numbers?.includes(chosen) ? await gatherPower(chosen) : 'unknown',
  };
}

/** USB class, subclass and protocol of a Bluetooth controller (USB-IF, "Wireless Controller"). */
const bluetoothClass = 'e0 01 01';

async function gatherUsbControllers(roots: MachineRoots): Promise<readonly string[]> {
  const folder = join(roots.sys, 'bus/usb/devices');
  const found = await readNames(folder);
  const controllers = new Set<string>();
  for (const entry of typeof found === 'string' ? [] : found.names) {
    const [device, isInterface] = entry.split(':');
    if (device === undefined || isInterface === undefined) continue;
    const read = (of: string, file: string) => readTextOrNothing(join(folder, of, file));
    const kind = [
      await read(entry, 'bInterfaceClass'),
      await read(entry, 'bInterfaceSubClass'),
      await read(entry, 'bInterfaceProtocol'),
    ].join(' ');
    if (kind === bluetoothClass)
      controllers.add(`${await read(device, 'idVendor')}:${await read(device, 'idProduct')}`);
  }
  return [...controllers];
}

async function gatherPower(adapter: number): Promise<AdapterPower> {
  const told = await runProgram('hciconfig', [`hci${adapter}`]);
  return told === 'absent' ? 'no-hciconfig' : readPower(told.stdout);
}

/** Reads the flags that `hciconfig hciN` prints in its third line. */
export function readPower(stdout: string): Extract<AdapterPower, 'up' | 'down' | 'unknown'> {
  if (/^\s+UP\b/m.test(stdout)) return 'up';
  return /^\s+DOWN\b/m.test(stdout) ? 'down' : 'unknown';
}
