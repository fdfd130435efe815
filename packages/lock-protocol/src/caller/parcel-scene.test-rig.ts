import { createScene } from '../lock/command-scene.test-rig.js';
import { byToken, createDoor, type Door, type DoorOptions, type RigLink } from '../session.test-rig.js';
import { createSetProperty } from '../sets/set-property.test-rig.js';
import { type DeliveryClock, deliverParcel } from './deliver-parcel.js';
import type { CarriedObject, Delivery, LockParcel } from './lock-parcel.js';
import type { Visit } from './open-visit.js';
import { openVisit } from './open-visit.js';

/** A door, the property that decides its set, and couriers with nothing but a key of their own and, some, a grant. */
export function createParcelScene(change: Partial<DoorOptions> = {}) {
  const { crypto, time, property, unlock } = createScene();
  const door: Door = createDoor({ crypto, time, trust: property.trust, ...change });
  const sets = createSetProperty(crypto, property, { lockPublicKey: door.publicKey, tag: door.tag });
  const clock: DeliveryClock = { now: time.now, startTimer: time.startTimer };
  const timeOf =
    (at = time.now()) =>
    async (challenge: Uint8Array): Promise<CarriedObject> => ({
      object: property.time({ lock: door.tag, challenge, at }),
      certificate: property.certificates.cmd,
    });
  const courier = () => {
    const caller = crypto.x25519KeyPair();
    const grant = property.grant({
      ...{ locks: [door.tag], holderPublicKey: caller.publicKey },
      rights: ['unlock', 'local', 'log', 'deliver'],
    });
    const shown = { grant, certificate: property.certificates.grant };
    const visit = async (link: RigLink): Promise<Visit> =>
      await openVisit({
        ...{ crypto, link, lockPublicKey: door.publicKey, caller },
        ...{ now: time.now, startTimer: time.startTimer },
      });
    const deliver = async (link: RigLink, parcel: LockParcel): Promise<Delivery> =>
      await deliverParcel(await visit(link), parcel, clock);
    return { caller, shown, visit, deliver };
  };
  /** Somebody opens the door by a token: one entry of its log. */
  const open = async (): Promise<void> => {
    const link = door.connect();
    const commandId = crypto.randomBytes(8);
    const command = { commandId, action: 'unlock', ttlMs: 5000, intent: 'staff' } as const;
    await unlock(link, { lockPublicKey: door.publicKey, command, authority: byToken(property, door, commandId) });
    link.close();
  };
  const signer = { publicKey: door.signingPublicKey, tag: door.tag };
  return { crypto, time, property, door, sets, clock, timeOf, courier, open, signer };
}
