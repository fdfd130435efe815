import { createRequire } from 'node:module';
import { RadioError } from './central.js';
import type { Noble } from './noble-surface.js';
import type { NobleFork } from './radio-messages.js';

interface AbandonwareOptions {
  readonly deviceId?: number;
  readonly extended: boolean;
}

interface StoprocentModule {
  withBindings(bindings: 'hci' | 'default', options: AbandonwareOptions): Noble;
}

/**
 * Loads one fork and puts it on one adapter. Late and here only: the default fork throws while it is being loaded on a
 * machine without Bluetooth. Extended scanning stays off on both, so that both speak the same commands.
 *
 * @throws RadioError `ADAPTER` when the package is missing, not built, or finds no Bluetooth.
 */
export function loadNoble(fork: NobleFork, deviceId?: number): Noble {
  const load = createRequire(import.meta.url);
  const options = deviceId === undefined ? { extended: false } : { deviceId, extended: false };
  try {
    if (fork === 'abandonware') {
      // On the user channel this fork never learns the controller's buffers, and sends nothing over any link.
      delete process.env['HCI_CHANNEL_USER'];
      const create = load('@abandonware/noble/with-custom-binding') as (options: AbandonwareOptions) => Noble;
      return create(options);
    }
    const { withBindings } = load('@stoprocent/noble') as StoprocentModule;
    return withBindings(process.platform === 'linux' ? 'hci' : 'default', options);
  } catch (cause) {
    throw new RadioError({ code: 'ADAPTER' }, `@${fork}/noble cannot be used on this machine.`, { cause });
  }
}
