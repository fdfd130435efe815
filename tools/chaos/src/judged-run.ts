import { createHash } from 'node:crypto';
import { toInstant } from '@latchwork/core';
import { automaticPart, planSync, type SyncDecision, type SyncPlan } from '@latchwork/core/directory';
import { isEmailKey, toEmailKey } from '@latchwork/core/people';
import {
  createFingerprints,
  DirectoryError,
  decodeFingerprints,
  type Fingerprints,
  type ReadSnapshot,
} from '@latchwork/directory';
import type { FakeDirectory } from '@latchwork/testing';
import type { ChaosHistory } from './history.js';
import { createOrganization, type ModelOrganization } from './organization.js';
import { createModelClock, createTenant, editTenant, isPresent } from './tenant.js';

const hourMs = 60 * 60_000;
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** What a run came to. `faults` is empty when everything was as it has to be. */
export interface RunVerdict {
  readonly faults: readonly string[];
  /** How often each thing happened. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/**
 * Runs one history: a tenant that is first read in peace, then day after day edited, read under faults and synced as the
 * automatic sync does it; at last the faults stop.
 *
 * A fault is a Removed row for somebody who was there all along, a New row for somebody who is linked, a row that names
 * another member, an address that two members share, and, once there is peace, anything that still differs from the truth.
 */
export async function runHistory(history: ChaosHistory): Promise<RunVerdict> {
  const clock = createModelClock();
  const { fake, source, setRate } = createTenant(history, clock);
  const organization = createOrganization(clock.now);
  const faults: string[] = [];
  const outcomes: Record<string, number> = {};
  const count = (what: string, by = 1) => {
    if (by > 0) outcomes[what] = (outcomes[what] ?? 0) + by;
  };
  let known = openFingerprints(history);
  const decisions = new Map<string, SyncDecision>();

  async function read(): Promise<{ readonly plan: SyncPlan; readonly tenantId: string } | undefined> {
    const before = presentIds(fake);
    let snapshot: ReadSnapshot;
    try {
      snapshot = await source.readAll({ expected: [...organization.links.keys()], ...(known ? { known } : {}) });
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      count(`not read: ${error.info.code}`);
      return undefined;
    }
    const plan = planSync({
      ...{ snapshot, state: organization.state, at: toInstant(clock.now()), digest },
      policy: { guests: 'skip', signInMethod: 'email_password', ownDomains: [], decisions },
    });
    const after = presentIds(fake);
    const isHeld = plan.held.length > 0;
    for (const { because } of plan.held) count(`held: ${because}`);
    for (const fault of falseRows(plan, organization, (id) => before.has(id) && after.has(id))) {
      if (isHeld) count('false rows held back');
      else faults.push(fault);
    }
    return { plan, tenantId: snapshot.tenantId };
  }

  function carryOut(plan: SyncPlan, tenantId: string): void {
    for (const { status } of plan.rows) count(`applied: ${status}`);
    organization.apply(plan, tenantId);
    for (const address of organization.sharedAddresses()) faults.push(`two members have ${address}`);
    if (known === undefined) return;
    const doubtful = new Set(plan.conflicts.map(({ rowId }) => rowId));
    for (const { memberId } of plan.conflicts) {
      const link = memberId === null ? undefined : organization.state.linkOf(memberId);
      if (link) doubtful.add(link.directoryId);
    }
    for (const id of doubtful) known.forget(id);
    const bytes = known.encode((id) => organization.links.has(id) && !doubtful.has(id));
    known = decodeFingerprints(bytes, { basis: '' });
    if (known === undefined) throw new Error('the fingerprints do not open');
  }

  const first = await read();
  if (first) carryOut(first.plan, first.tenantId);
  let mark = 0;
  for (const round of history.rounds) {
    clock.pass(round.hours * hourMs);
    for (const edit of round.edits) {
      mark += 1;
      editTenant(fake.people, edit, mark);
    }
    setRate(round.rate);
    const seen = await read();
    setRate(0);
    fake.access.grant();
    if (seen === undefined) continue;
    const part = automaticPart(seen.plan, digest);
    if (part.held.length > 0) continue;
    count('applied');
    carryOut(part.plan, seen.tenantId);
  }

  let waiting: ReadonlySet<string> = new Set();
  for (let peace = 0; peace < 4; peace += 1) {
    clock.pass(24 * hourMs);
    const seen = await read();
    if (seen === undefined) {
      faults.push('a tenant in peace could not be read');
      break;
    }
    const { plan, tenantId } = seen;
    for (const { rowId, because } of plan.conflicts) if (because === 'recreated') decisions.set(rowId, 'same_person');
    waiting = new Set(plan.conflicts.map(({ rowId }) => rowId));
    // What is held is legitimate now: somebody looks at it, types the number, and has it done.
    if (plan.rows.length > 0 || plan.conflicts.some(({ because }) => because === 'recreated')) carryOut(plan, tenantId);
    else break;
  }
  count('left to a person', waiting.size);
  // A list of nobody proves nothing (S16), so nobody is removed for it, however long it stays so.
  if (fake.people.listed().length === 0) count('ended with an empty tenant');
  else faults.push(...differences(fake, organization, waiting));
  count('runs');
  return { faults, outcomes };
}

function openFingerprints({ fingerprints, seed }: ChaosHistory): Fingerprints | undefined {
  const bytes = Uint8Array.from({ length: 8 }, (_, at) => (seed >>> (at * 4)) & 0xff);
  return fingerprints ? createFingerprints({ seed: bytes, basis: '' }) : undefined;
}

function presentIds({ people }: FakeDirectory): ReadonlySet<string> {
  return new Set(people.all().flatMap((person) => (isPresent(person) ? [person.id] : [])));
}

function falseRows(
  { rows }: SyncPlan,
  organization: ModelOrganization,
  wasThereAllAlong: (directoryId: string) => boolean,
): readonly string[] {
  return rows.flatMap((row) => {
    const { rowId, status } = row;
    const member = organization.member(rowId);
    const isLinked = member !== undefined && member.state !== 'removed';
    if (status === 'removed') return wasThereAllAlong(rowId) ? [`removed, but there: ${rowId} (${row.because})`] : [];
    if (status === 'new') return isLinked ? [`new, but linked: ${rowId}`] : [];
    if (row.because === 'relink' || row.because === 'adopt') return [];
    return member?.memberId === row.memberId ? [] : [`updated, but somebody else: ${rowId}`];
  });
}

/** In what the organization still differs from its directory. */
function differences(
  { people }: FakeDirectory,
  organization: ModelOrganization,
  waiting: ReadonlySet<string>,
): readonly string[] {
  const found: string[] = [];
  /** Whether somebody else has the address: another account, or a member who is deactivated and keeps it. */
  const isContested = ({ id }: { readonly id: string }, emailKey: string): boolean => {
    const holder = organization.state.people.memberByEmail(emailKey);
    const isHeld = holder !== undefined && holder.memberId !== organization.member(id)?.memberId;
    return isHeld || people.all().some((other) => other.id !== id && toEmailKey(other.email ?? '') === emailKey);
  };
  for (const person of people.all()) {
    const member = organization.member(person.id);
    const isUser = member?.state === 'active';
    if (!isPresent(person)) {
      if (isUser) found.push(`gone, but a user: ${person.id}`);
      continue;
    }
    const emailKey = toEmailKey(person.email ?? '');
    if (waiting.has(person.id) && isContested(person, emailKey)) continue;
    if (!isUser) found.push(`there, but no user: ${person.id} (${member?.state ?? 'unknown'})`);
    else if (member.emailKey !== emailKey && isEmailKey(emailKey)) found.push(`another address: ${person.id}`);
    else if (member.name !== person.displayName) found.push(`another name: ${person.id}`);
  }
  for (const directoryId of organization.links.keys()) {
    const isUser = organization.member(directoryId)?.state === 'active';
    if (isUser && people.all().every(({ id }) => id !== directoryId))
      found.push(`gone for good, but a user: ${directoryId}`);
  }
  return found;
}
