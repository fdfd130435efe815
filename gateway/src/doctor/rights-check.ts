import { join } from 'node:path';
import { lookAsTheService } from './account-check.js';
import { type Finding, findingsOf } from './finding.js';
import { type MachineRoots, readText } from './machine.js';
import { shellWord } from './remedy.js';

/** What this process may do beyond its user's rights. */
export interface RightsFacts {
  /** The effective capabilities as the kernel's bit set; null when they cannot be read. */
  readonly effective: bigint | null;
  /** Whether systemd started this process. */
  readonly underSystemd: boolean;
  /** The unit that came with this program. */
  readonly unitFile: string;
}

/** Bit of the right to send to a Bluetooth controller past bluetoothd (linux/capability.h). */
const capNetRaw = 1n << 13n;

/** Without CAP_NET_RAW the kernel takes none of the commands that find and connect locks. */
export function decideRights({ effective, underSystemd, unitFile }: RightsFacts): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('bluetooth-rights');
  if (effective === null) {
    return [
      warning('The rights of this process cannot be read from /proc/self/status.', 'sudo mount -t proc proc /proc'),
    ];
  }
  if ((effective & capNetRaw) !== 0n) {
    return [ok('This process may speak to the Bluetooth controller (CAP_NET_RAW).')];
  }
  const missing = 'This process may not speak to the Bluetooth controller: CAP_NET_RAW is missing.';
  return underSystemd
    ? [
        failure(
          `${missing} The unit that came with this program grants it.`,
          `sudo cp ${shellWord(unitFile)} /etc/systemd/system/ && sudo systemctl daemon-reload && sudo systemctl restart latchwork-gateway`,
        ),
      ]
    : [
        failure(
          `${missing} The systemd unit grants it, your shell does not: look as the service does.`,
          lookAsTheService,
        ),
      ];
}

/** Reads the rights of this process. */
export async function gatherRights(
  roots: MachineRoots,
  unit: Pick<RightsFacts, 'underSystemd' | 'unitFile'>,
): Promise<RightsFacts> {
  const status = await readText(join(roots.proc, 'self/status'));
  const digits = typeof status === 'string' ? undefined : /^CapEff:\s*([0-9a-f]+)$/m.exec(status.text)?.[1];
  return { ...unit, effective: digits === undefined ? null : BigInt(`0x${digits}`) };
}
