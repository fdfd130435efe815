import { join } from 'node:path';
import { type Finding, findingsOf } from './finding.js';
import { type MachineRoots, readNames, readText, readTextOrNothing } from './machine.js';

/** One radio switch of the kernel (rfkill). */
export interface RadioSwitch {
  /** `hci0` for the one of an adapter; other names are switches of the whole machine. */
  readonly name: string;
  /** Set by a program; null when it cannot be read. */
  readonly soft: boolean | null;
  /** Set by a key, a slider or the firmware; null when it cannot be read. */
  readonly hard: boolean | null;
}

/** The switches of Bluetooth, and the adapter that matters; null when every one does. */
export interface SwitchFacts {
  readonly switches: readonly RadioSwitch[];
  readonly adapter: number | null;
}

/** A blocked adapter cannot be brought up, whoever asks. */
export function decideSwitch({ switches, adapter }: SwitchFacts): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('bluetooth-switch');
  const ours = switches.filter(({ name }) => adapter === null || !/^hci\d+$/.test(name) || name === `hci${adapter}`);
  const hard = ours.find((one) => one.hard === true);
  const soft = ours.find((one) => one.soft === true);
  const unread = ours.find((one) => one.hard === null || one.soft === null);
  if (hard !== undefined) {
    const sentence = `Bluetooth is switched off in hardware (${hard.name}): use the machine's switch or key, or its firmware set-up. No command can.`;
    return [failure(sentence, null)];
  }
  if (soft !== undefined) {
    return [failure(`Bluetooth is switched off by software (rfkill, ${soft.name}).`, 'sudo rfkill unblock bluetooth')];
  }
  if (unread !== undefined) {
    return [warning(`The state of the radio switch ${unread.name} cannot be read.`, 'sudo rfkill list bluetooth')];
  }
  return [ok('No switch keeps Bluetooth off.')];
}

/** Reads the kernel's switches of Bluetooth. */
export async function gatherSwitches(roots: MachineRoots): Promise<readonly RadioSwitch[]> {
  const folder = join(roots.sys, 'class/rfkill');
  const found = await readNames(folder);
  const switches: RadioSwitch[] = [];
  for (const entry of typeof found === 'string' ? [] : found.names) {
    const type = await readTextOrNothing(join(folder, entry, 'type'));
    if (type !== 'bluetooth') continue;
    const blocked = async (file: string): Promise<boolean | null> => {
      const reading = await readText(join(folder, entry, file));
      return typeof reading === 'string' ? null : reading.text === '1';
    };
    const name = (await readTextOrNothing(join(folder, entry, 'name'))) || entry;
    switches.push({ name, soft: await blocked('soft'), hard: await blocked('hard') });
  }
  return switches;
}
