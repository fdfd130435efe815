import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createFakeTime } from '../session.test-rig.js';
import { createCommissioner, createFactoryLock } from './commission-scene.test-rig.js';
import { decodeIdentity } from './identity-statement.js';
import { installerStep, startInstaller } from './installer-machine.js';
import type { InstallProgress } from './installer-progress.js';
import type { InstallerContext, InstallerEvent, InstallerState } from './installer-state.js';

interface Lived {
  readonly state: InstallerState;
  readonly event: InstallerEvent;
}

/** Commissioning as the installer lives through it, event by event: at once, and twice broken off and gone on with. */
export async function liveThroughInstall(mtu: number) {
  const crypto = createNodeCrypto();
  const time = createFakeTime();
  const lock = createFactoryLock({ crypto, time });
  const by = createCommissioner(crypto);
  const installer = crypto.x25519KeyPair();
  const context: InstallerContext = { crypto, setupSecret: lock.label.secret, installer, mtu };
  const lived: Lived[] = [];
  /** Until `stopAt` is kept; gives what was kept last. */
  const live = async (progress: InstallProgress | undefined, stopAt?: InstallProgress['at']) => {
    const link = lock.connect({ mtu });
    const waiting: InstallerEvent[] = [
      { type: 'started', at: 0, info: await link.readInfo(), ephemeral: crypto.x25519KeyPair() },
    ];
    link.onFrame((frame) => waiting.push({ type: 'frame', at: 0, frame }));
    let state = startInstaller(0, progress);
    let kept = progress;
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      lived.push({ state, event });
      const step = installerStep(context, state, event);
      state = step.state;
      for (const effect of step.effects) {
        if (effect.type === 'write') {
          for (const { frame, withResponse } of effect.writes) await link.write(frame, { withResponse });
        } else if (effect.type === 'keep') {
          kept = effect.progress;
          if (kept.at === stopAt) waiting.length = 0;
          else waiting.push({ type: 'kept', at: 0, step: kept.at });
        } else if (stopAt !== 'identified') {
          const order = by.orderFor(decodeIdentity(effect.stated.statement));
          waiting.push({ type: 'certified', at: 0, order });
        }
      }
    }
    lived.push({ state, event: { type: 'timer', at: 0 } });
    link.close();
    return kept;
  };
  lock.session().present();
  const identified = await live(undefined, 'identified');
  const certified = await live(identified, 'certified');
  await live(certified);
  lock.session().factoryReset();
  await live(undefined);
  return { context, lived };
}
