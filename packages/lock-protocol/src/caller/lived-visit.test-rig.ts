import { createScene } from '../lock/command-scene.test-rig.js';
import { encodeRequest } from '../message.js';
import { startVisit, visitStep } from './visit-machine.js';
import type { VisitContext, VisitEvent, VisitState } from './visit-state.js';

/** A visit to a lock, lived through event by event: each state with the event that met it. */
export async function liveThroughVisit(mtu: number) {
  const { crypto, door, property } = createScene();
  const caller = crypto.x25519KeyPair();
  const context: VisitContext = { crypto, lockPublicKey: door.publicKey, caller, mtu };
  const link = door.connect({ mtu });
  const inbox: Uint8Array[] = [];
  link.onFrame((frame) => inbox.push(frame));
  const grant = property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey, rights: ['status'] });
  const operation = { name: 'status', body: new Uint8Array(0) } as const;
  const request = encodeRequest({ grant, certificate: property.certificates.grant, operation });
  const lived: { readonly state: VisitState; readonly event: VisitEvent }[] = [];
  let state: VisitState = startVisit(0);
  const meet = async (event: VisitEvent): Promise<void> => {
    lived.push({ state, event });
    const step = visitStep(context, state, event);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.type !== 'write') continue;
      for (const { frame, withResponse } of effect.writes) await link.write(frame, { withResponse });
    }
  };
  const info = await link.readInfo();
  await meet({ type: 'started', at: 0, info, ephemeral: crypto.x25519KeyPair() });
  const hear = async (): Promise<void> => {
    for (let frame = inbox.shift(); frame; frame = inbox.shift()) await meet({ type: 'frame', at: 0, frame });
  };
  await hear();
  for (let times = 0; times < 2; times += 1) {
    await meet({ type: 'asked', at: 0, request });
    await hear();
  }
  await meet({ type: 'failed', at: 0, reason: 'link-closed' });
  return { context, lived: [...lived, { state, event: { type: 'timer', at: 0 } as const }] };
}
