import {
  type CryptoProvider,
  commissionLock,
  deliverParcel,
  type KeyPair,
  type LockLink,
  type LockParcel,
  LockProtocolError,
  openVisit,
  parseSetupLabel,
  performUnlock,
  type Visit,
} from '@latchwork/lock-protocol';
import { findPeripheral, type NobleInstance, openLockLink } from '../noble-fork.js';
import type { Office } from './property-office.test-rig.js';

const now = () => performance.now();

/** What people do to the lock of an address over the air, each in a connection of its own. */
export function createVisits(crypto: CryptoProvider, noble: NobleInstance, address: string) {
  async function connect<Result>(use: (link: LockLink) => Promise<Result>): Promise<Result> {
    const peripheral = await findPeripheral(noble, address);
    await peripheral.connectAsync();
    try {
      return await use(await openLockLink(peripheral));
    } finally {
      if (peripheral.state === 'connected') await peripheral.disconnectAsync();
    }
  }

  const visit = <Result>(
    o: { readonly caller: KeyPair; readonly lockPublicKey: Uint8Array },
    use: (visit: Visit) => Promise<Result>,
  ): Promise<Result> =>
    connect(async (link) => {
      const open = await openVisit({ crypto, link, now, ...o });
      try {
        return await use(open);
      } finally {
        open.end();
      }
    });

  return {
    visit,
    /** How commissioning ends: `ok`, or what was wrong. */
    commission: (office: Office, label: string) =>
      connect((link) =>
        commissionLock({
          ...{ crypto, link, now, label: parseSetupLabel(crypto, label) },
          certify: office.certify,
        }).then(
          () => 'ok',
          (error: unknown) => (error instanceof LockProtocolError ? Reflect.get(error.info, 'reason') : error),
        ),
      ),
    /** A carrier's visit: what became of the parcel. */
    deliver: (office: Office, parcel: LockParcel, caller = crypto.x25519KeyPair()) =>
      visit({ caller, lockPublicKey: office.lock().publicKey }, (open) => deliverParcel(open, parcel, { now })),
    /** A phone's command by its grant, or a gateway's by a token: the answer's code. */
    unlock: (
      office: Office,
      o: {
        readonly caller: KeyPair;
        readonly grant?: ReturnType<Office['grant']>;
        readonly lockPublicKey?: Uint8Array;
      },
    ) =>
      connect(async (link) => {
        const { caller, grant, lockPublicKey = office.lock().publicKey } = o;
        const commandId = crypto.randomBytes(8);
        const answer = await performUnlock({
          ...{ crypto, link, caller, now, lockPublicKey },
          command: { commandId, action: 'unlock', ttlMs: 10_000, intent: grant ? 'tap' : 'staff' },
          authority: async (challenge) =>
            grant ? { kind: 'grant', ...grant } : office.authorize({ commandId, challenge }),
        });
        return answer.code;
      }),
  };
}
