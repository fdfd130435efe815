import { type Authority, deliverParcel, openVisit, performUnlock } from '@latchwork/lock-protocol';
import { connect, type Traffic } from './measured-link.js';
import { aesCards, type BenchProperty } from './property.js';

/** What one errand costs on the air at one MTU. */
export interface OnAir extends Traffic {
  readonly errand: string;
  readonly mtu: number;
}

const now = () => performance.now();

/** One unlock over a fresh connection of a lock that holds the certificate, or does not. */
export async function measureUnlock(
  property: BenchProperty,
  o: { readonly by: Authority['kind']; readonly isCached: boolean; readonly mtu: number },
): Promise<OnAir> {
  const { by, isCached, mtu } = o;
  const { crypto, certificates } = property;
  const session = property.startLock();
  const unlock = async (): Promise<Traffic> => {
    const link = connect(session, mtu);
    const commandId = crypto.randomBytes(8);
    const answer = await performUnlock({
      ...{ crypto, link, now, lockPublicKey: property.identity.publicKey, caller: property.holder },
      command: { commandId, action: 'unlock', ttlMs: 5000, intent: 'tap' },
      authority: async (challenge) =>
        by === 'token'
          ? { kind: 'token', token: property.token(commandId, challenge), certificate: certificates.cmd }
          : { kind: 'grant', grant: property.grant, certificate: certificates.grant },
    });
    if (answer.code !== 'ok') throw new Error(`The lock answers ${answer.code}.`);
    link.close();
    return link.traffic();
  };
  if (isCached) await unlock();
  const traffic = await unlock();
  session.close();
  return { ...traffic, mtu, errand: `unlock by ${by}, certificate ${isCached ? 'cached' : 'sent'}` };
}

/** A courier brings the first set of 240 cards, and then one that differs in one card. */
export async function measureSets(property: BenchProperty, mtu: number): Promise<readonly OnAir[]> {
  const { crypto } = property;
  const session = property.startLock();
  const cards = aesCards(crypto, 240);
  const [changed] = aesCards(crypto, 1);
  if (!changed) throw new Error('There is no card.');
  const next = [...cards.slice(0, 100), { ...changed, id: 100 }, ...cards.slice(101)];
  const deliver = async (errand: string, set: ReturnType<BenchProperty['carriedSet']>): Promise<OnAir> => {
    const link = connect(session, mtu);
    const courier = crypto.x25519KeyPair();
    const visit = await openVisit({ crypto, link, now, lockPublicKey: property.identity.publicKey, caller: courier });
    const { parts, receipts } = await deliverParcel(visit, { set }, { now });
    if (parts.set?.outcome !== 'done' || receipts.length === 0) throw new Error(`${errand}: ${JSON.stringify(parts)}`);
    visit.end();
    link.close();
    return { ...link.traffic(), mtu, errand };
  };
  const all = await deliver('full sync of 240 AES cards', property.carriedSet(1, { before: [], after: cards }));
  const one = await deliver('one card of 240 changed', property.carriedSet(2, { before: cards, after: next }));
  const none = await deliver('nothing changed', property.carriedSet(2, { before: cards, after: next }));
  session.close();
  return [all, one, none];
}
