import {
  type CborValue,
  decodeCbor,
  encodeCbor,
  encodeRights,
  type KeyPair,
  LockProtocolError,
} from '@latchwork/lock-protocol';
import { fromHex } from './hex.js';
import type { CommandPlan, Shown } from './history.js';
import type { PropertySigner } from './property.js';
import type { RadioLink } from './radio-link.js';
import type { AuthorityTruth } from './truth.js';
import { placeOf, type WatchedLock } from './watch.js';
import type { World } from './world.js';

/** Who shows what, where, and for which command. */
export interface Showing {
  readonly shown: Shown;
  readonly command: CommandPlan;
  readonly link: RadioLink;
  readonly presenter: { readonly name: string; readonly keys: KeyPair };
  /** For a token that is made or asked for just now. */
  readonly commandId: Uint8Array;
}

type Forged = Extract<Shown, { from: 'forge' }>;

const daySeconds = 86_400;
const everything = ['unlock', 'lock', 'hold-open', 'local', 'remote', 'privacy-override'] as const;

/** What an attacker shows: found, made with a stolen key or a key of its own, bent, or asked for under false pretenses. */
export function showFor(world: World, lock: WatchedLock, o: Showing): AuthorityTruth | undefined {
  const { shown } = o;
  switch (shown.from) {
    case 'nothing':
      return undefined;
    case 'grants':
    case 'tokens': {
      const pool: readonly AuthorityTruth[] = world[shown.from];
      // The newest are likelier to be worth something.
      return pool.length === 0 ? undefined : pool[pool.length - 1 - (shown.pick % pool.length)];
    }
    case 'asked': {
      const wanted = world.locks[shown.lock % world.locks.length] ?? lock;
      return signToken(world, wanted, { ...o, action: shown.action });
    }
    case 'forge':
      return shown.signer === 'tampered' ? tamper(world, lock, { ...o, shown }) : forge(world, lock, { ...o, shown });
  }
}

function signToken(
  world: World,
  lock: WatchedLock,
  o: Showing & { readonly action: CommandPlan['action']; readonly signer?: PropertySigner; readonly utc?: number },
): AuthorityTruth {
  const draft = {
    tag: lock.door.tag,
    lock: placeOf(lock),
    commandId: o.commandId,
    action: o.action,
    lifetimeSeconds: 30,
  };
  const moment = { challenge: fromHex(o.link.challenge), utc: o.utc ?? world.utc(), ms: world.time.now() };
  return world.property.token({ ...draft, ...moment }, o.signer);
}

function forge(world: World, lock: WatchedLock, o: Showing & { readonly shown: Forged }): AuthorityTruth {
  const { kind, signer: by } = o.shown;
  const { root, property } = world.strangers;
  const right = kind === 'token' ? 'cmd' : 'grant';
  const signer = {
    'other-root': () => root.signer(right),
    'other-property': () => property.signer(right),
    'other-use': () => world.property.signer(kind === 'token' ? 'grant' : 'cmd'),
    stolen: () => world.property.signer(right, 'first'),
    backdated: () => world.property.signer(right, 'first'),
    misdated: () => world.property.signer(right, 'first'),
    tampered: () => world.property.signer(right),
  }[by]();
  const now = Math.floor(world.utc());
  const dated = { misdated: signer.truth.expires + 100, backdated: Math.min(now, signer.truth.expires - 100) };
  const issuedAt = by === 'misdated' || by === 'backdated' ? dated[by] : now;
  if (kind === 'token') return signToken(world, lock, { ...o, action: o.command.action, signer, utc: issuedAt });
  const { name, keys } = o.presenter;
  const draft = {
    ...{ holder: name, holderPublicKey: keys.publicKey, locks: [placeOf(lock)], issuedAt, notBefore: now - 60 },
    ...{ expires: now + daySeconds, flags: ['no-clock-ok'] as const, isGateway: false, rights: everything },
  };
  return world.property.grant(draft, [lock.door.tag], signer);
}

/** Puts other claims under a signature that stands for something else. */
function tamper(world: World, lock: WatchedLock, o: Showing & { readonly shown: Forged }): AuthorityTruth | undefined {
  const original = o.shown.kind === 'token' ? world.tokens.at(-1) : world.grants.at(-1);
  if (original === undefined) return undefined;
  const envelope = decodeCbor(original.bytes);
  const [head, open, payload, signature] = Array.isArray(envelope) ? envelope : [];
  const claims = payload instanceof Uint8Array ? decodeCbor(payload) : undefined;
  if (!(claims instanceof Map) || head === undefined || open === undefined || signature === undefined) {
    throw new LockProtocolError({ code: 'cose', reason: 'shape' }, 'What the property signed is no COSE_Sign1.');
  }
  const bent = new Map<number, CborValue>(claims).set(3, lock.door.tag);
  if (original.kind === 'grant') bent.set(8, o.presenter.keys.publicKey).set(12, encodeRights(everything)).delete(16);
  else bent.set(7, o.commandId).set(14, fromHex(o.link.challenge));
  const bytes = encodeCbor([head, open, encodeCbor(bent), signature]);
  return { ...original, bytes, signer: { ...original.signer, isOwn: false } };
}
