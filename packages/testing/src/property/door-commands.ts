import { type Authority, type LockAnswer, LockProtocolError, performUnlock } from '@latchwork/lock-protocol';
import { fromHex, toHex } from './hex.js';
import type { Action } from './history.js';
import type { Attempt, AuthorityTruth, GrantTruth } from './truth.js';
import type { WatchedLock } from './watch.js';
import type { World } from './world.js';

type Open = Extract<Action, { do: 'open' }>;
type Remote = Extract<Action, { do: 'remote' }>;

const retryMs = 300;

/** A person opens a door with a grant on a phone, and presses on with the same command until its time is over. */
export async function open(world: World, action: Open): Promise<LockAnswer | undefined> {
  const lock = world.locks[action.lock % world.locks.length];
  const phone = world.phones[action.phone % world.phones.length];
  if (lock === undefined || phone === undefined) return undefined;
  const fitting = phone.grants.filter(({ locks }) => locks.includes(lock.known.place));
  const grants = fitting.length > 0 ? fitting : phone.grants;
  const authority = grants[grants.length - 1 - (action.grant % Math.max(1, grants.length))];
  if (authority === undefined) return undefined;
  return await command(world, lock, { ...action, caller: phone, authorize: async () => authority });
}

/** Staff opens a door from a desk: the gateway fetches a token for its connection over the WAN. */
export async function openRemotely(world: World, action: Remote): Promise<LockAnswer | undefined> {
  const lock = world.locks[action.lock % world.locks.length];
  if (lock === undefined || world.isOut('gateway')) return undefined;
  const { time, property, tokens } = world;
  const caller = { name: 'gateway', keys: world.gateway };
  const authorize = async (challenge: Uint8Array, commandId: Uint8Array) => {
    await time.wait(action.wanMs);
    if (world.isOut('wan')) throw new Error('The WAN is out.');
    const token = property.token({
      ...{ lock: lock.known.place, tag: lock.known.tag, commandId, action: action.command.action, challenge },
      ...{ lifetimeSeconds: action.lifetimeSeconds, utc: world.utc(), ms: time.now() },
    });
    tokens.push(token);
    await time.wait(action.wanMs);
    return token;
  };
  return await command(world, lock, { ...action, caller, authorize });
}

async function command(
  world: World,
  lock: WatchedLock,
  o: Pick<Open, 'command' | 'retries' | 'link'> & {
    readonly caller: { readonly name: string; readonly keys: World['gateway'] };
    readonly authorize: (challenge: Uint8Array, commandId: Uint8Array) => Promise<AuthorityTruth>;
  },
): Promise<LockAnswer | undefined> {
  const { time, crypto, watch } = world;
  const { action, intent, via, ttlMs } = o.command;
  const commandId = crypto.randomBytes(8);
  const id = toHex(commandId);
  const deadline = time.now() + ttlMs;
  world.newestCommands.set(lock.number, commandId);
  for (let tries = 0; tries <= o.retries; tries += 1) {
    const left = deadline - time.now();
    const link = left > 0 ? world.connect(lock, tries === 0 ? o.link : { ...o.link, faults: [] }) : undefined;
    if (link === undefined) {
      watch.count('command: not connected');
      if (left <= 0) return undefined;
      await time.wait(retryMs);
      continue;
    }
    try {
      const answer = await performUnlock({
        ...{ crypto, link, lockPublicKey: lock.known.publicKey, caller: o.caller.keys },
        command: { commandId, action, ttlMs: left, intent, via },
        authority: async (challenge) => {
          const authority = await o.authorize(challenge, commandId);
          const attempt: Attempt = {
            commandId: id,
            action,
            intent,
            via,
            presenter: o.caller.name,
            authority,
            deadline,
            isFresh: true,
          };
          link.attempts.push(attempt);
          return asShown(authority);
        },
        ...{ now: time.now, startTimer: time.startTimer },
      });
      judgeAnswer(world, lock, { id, answer });
      return answer;
    } catch (error) {
      const code = error instanceof LockProtocolError ? error.info.code : 'thrown';
      if (!(error instanceof LockProtocolError) && link.isOpen) throw error;
      watch.note(lock.number, `command ${id}: ${code}`);
      watch.count(`command failed: ${code}`);
    } finally {
      world.recordings.push({ lock: lock.number, frames: link.written });
      if (o.link.relayedMs === undefined) link.close();
      else time.at(time.now() + o.link.relayedMs, link.close);
    }
    await time.wait(retryMs);
  }
  return undefined;
}

function asShown(authority: AuthorityTruth): Authority {
  const { certificate, bytes } = authority;
  return authority.kind === 'token'
    ? { kind: 'token', token: bytes, certificate }
    : { kind: 'grant', grant: bytes, certificate };
}

/** What a lock says must be so: an ok means that this command moved the bolt. */
function judgeAnswer(
  world: World,
  lock: WatchedLock,
  { id, answer }: { readonly id: string; readonly answer: LockAnswer },
): void {
  const { watch } = world;
  const { code, repeated } = answer;
  watch.note(lock.number, `answer ${id}: ${code}${repeated ? ' repeated' : ''}`);
  watch.count(`answer: ${code}${repeated ? ' (repeated)' : ''}`);
  if (code === 'position-unknown' && repeated && lock.moves.get(id) === 'logged')
    watch.blame(lock.number, {
      kind: 'untrue',
      because: `${id} was executed, and the lock says that it does not know`,
    });
  if (code === 'ok' && !lock.moves.has(id))
    watch.blame(lock.number, { kind: 'untrue', because: `${id} moved no bolt` });
}

/** The property makes a grant; it is on the phone at once. */
export function issue(world: World, { grant }: Extract<Action, { do: 'issue' }>): GrantTruth {
  const { property, locks, issues } = world;
  const phone = world.phones[grant.phone % world.phones.length];
  if (phone === undefined) throw new RangeError('A world has phones.');
  const numbers = new Set(grant.locks.map((number) => number % locks.length));
  const doors = locks.filter(({ number }) => numbers.has(number)).map(({ known }) => known);
  const issuedAt = Math.floor(world.utc());
  const notBefore = issuedAt + grant.startsIn;
  const newest = grant.slot === undefined ? 0 : (issues.get(grant.slot) ?? 0) + (grant.isNewIssue ? 1 : 0);
  if (grant.slot !== undefined) issues.set(grant.slot, newest);
  const made = property.grant(
    {
      ...{
        holder: phone.name,
        holderPublicKey: phone.keys.publicKey,
        locks: doors.map(({ place }) => place),
        issuedAt,
        notBefore,
      },
      ...{ expires: notBefore + grant.lasts, rights: grant.rights, flags: grant.flags, isGateway: false },
      ...(grant.slot === undefined ? {} : { slot: grant.slot, issue: newest }),
      ...(grant.schedule ? { schedule: { windows: grant.schedule, offsets: [{ from: 0, offsetMinutes: 60 }] } } : {}),
    },
    doors.map(({ tag }) => tag),
  );
  phone.grants.push(made);
  world.grants.push(made);
  world.watch.count('grant issued');
  world.watch.note(-1, `grant ${made.id} ${fromHex(made.id).length}`);
  return made;
}
