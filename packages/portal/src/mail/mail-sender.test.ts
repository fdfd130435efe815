import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkIn } from '../harness/collected-mails.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import type { HandOverOutcome } from './mail-transport.js';

const owner = { name: 'Olga', email: 'olga@aurora.example' };
const dayMs = 24 * 60 * 60 * 1000;
const refusedForNow: HandOverOutcome = { kind: 'refused', forGood: false, fault: 'smtp 451' };

let test: TestPortal;
let tries: number;
beforeEach(async () => {
  test = await startTestPortal();
  tries = 0;
});
afterEach(async () => await test[Symbol.asyncDispose]());

/** Every mail meets this outcome from now on. */
function meets(outcome: HandOverOutcome, asked: 'for its end' | 'for nothing' = 'for nothing'): void {
  test.mails.instead = async (_, { beforeEnd }) => {
    tries += 1;
    if (asked === 'for its end') await beforeEnd();
    return outcome;
  };
}

async function inviteOwner(): Promise<void> {
  await test.client(test.portal.operatorKey.reveal()).organizations.create({ name: 'Aurora', owner });
  await test.portal.deliver();
}

function mailRow() {
  const [row, ...more] = test.portal.projection.mails.all();
  expect(more).toEqual([]);
  if (row === undefined) throw new Error('There is no mail.');
  return row;
}

async function eventTypes(): Promise<readonly string[]> {
  const events = await test.portal.store.events(mailRow().organizationId, { after: undefined, limit: 100 });
  return events.map(({ body }) => body.type).filter((type) => type.startsWith('mail.'));
}

describe('a mail in the outbox', () => {
  it('is sealed while it waits and empty once it is out; no log holds its address or link', async () => {
    meets(refusedForNow);
    await inviteOwner();
    const waiting = JSON.stringify(mailRow());
    expect(mailRow().contentSealed).not.toBe('');
    expect(waiting).not.toMatch(/lwi_|olga@/);
    test.mails.instead = undefined;
    test.clock.advance(dayMs);
    const { token } = await test.mails.lastTo(owner.email);
    expect(mailRow()).toMatchObject({ state: 'sent', contentSealed: '', lastFault: null });
    for (const line of test.log) for (const secret of [token, owner.email]) expect(line).not.toContain(secret);
  });

  it('is tried again later and later while the server says not now, and then is sent once', async () => {
    meets(refusedForNow);
    await inviteOwner();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      expect(tries).toBe(attempt);
      const { state, nextAttemptAt, lastFault } = mailRow();
      expect({ state, lastFault }).toEqual({ state: 'queued', lastFault: 'smtp 451' });
      const waitMs = nextAttemptAt - test.clock.now();
      waits.push(waitMs);
      test.clock.advance(waitMs - 1);
      await test.portal.deliver();
      expect(tries, 'not before its time').toBe(attempt);
      test.clock.advance(1);
      await test.portal.deliver();
    }
    expect(waits).toEqual([...waits].sort((one, other) => one - other));
    expect(waits.at(-1)).toBe(3_600_000);
    test.mails.instead = undefined;
    test.clock.advance(3_600_000);
    expect(await test.mails.all()).toHaveLength(1);
    await test.portal.deliver();
    expect(await test.mails.all()).toHaveLength(1);
  });

  it.each<HandOverOutcome>([{ kind: 'not-handed-over', fault: 'econnection' }, refusedForNow])(
    'is given up after three days of $kind, with an event',
    async (outcome) => {
      meets(outcome);
      await inviteOwner();
      for (let hours = 0; hours < 73; hours += 1) {
        test.clock.advance(3_600_000);
        await test.portal.deliver();
      }
      expect(mailRow()).toMatchObject({
        state: 'failed',
        contentSealed: '',
        lastFault: outcome.kind === 'sent' ? null : outcome.fault,
      });
      expect(await eventTypes()).toEqual(['mail.failed']);
    },
  );

  it('fails at once when it is refused for good, with an event, and is not tried again', async () => {
    meets({ kind: 'refused', forGood: true, fault: 'smtp 550 5.1.1' });
    await inviteOwner();
    expect(mailRow()).toMatchObject({ state: 'failed', lastFault: 'smtp 550 5.1.1', contentSealed: '' });
    test.clock.advance(dayMs);
    await test.portal.deliver();
    expect([tries, await eventTypes()]).toEqual([1, ['mail.failed']]);
  });

  it('is uncertain when the answer to its end never came, with an event, and is never sent again', async () => {
    meets({ kind: 'uncertain', fault: 'econnection' }, 'for its end');
    await inviteOwner();
    expect(mailRow()).toMatchObject({ state: 'uncertain', contentSealed: '' });
    test.mails.instead = undefined;
    test.clock.advance(dayMs);
    expect(await test.mails.all()).toEqual([]);
    expect(await eventTypes()).toEqual(['mail.uncertain']);
  });

  it('is uncertain when it was being handed over and nobody tells how that ended', async () => {
    test.mails.instead = async (_, { beforeEnd }) => {
      await beforeEnd();
      throw new Error('as if the process had died here');
    };
    await inviteOwner();
    test.mails.instead = undefined;
    test.clock.advance(dayMs);
    expect(await test.mails.all()).toEqual([]);
    expect(mailRow().state).toBe('uncertain');
  });

  it('G18: is not sent once its invitation has been accepted', async () => {
    let token = '';
    test.mails.instead = async (mail) => {
      token = linkIn(mail).token;
      return refusedForNow;
    };
    await inviteOwner();
    await test.client().accountSetups.complete({ token, password: samplePassword });
    test.mails.instead = undefined;
    test.clock.advance(dayMs);
    expect(await test.mails.all()).toEqual([]);
    expect(mailRow()).toMatchObject({ state: 'cancelled', contentSealed: '' });
  });

  it('G18: is not sent when its invitation is accepted while it is being handed over', async () => {
    let ended: boolean | undefined;
    test.mails.instead = async (mail, { beforeEnd }) => {
      await test.client().accountSetups.complete({ token: linkIn(mail).token, password: samplePassword });
      ended = await beforeEnd();
      return { kind: 'not-handed-over', fault: 'withdrawn' };
    };
    await inviteOwner();
    expect([ended, mailRow().state]).toEqual([false, 'cancelled']);
  });

  it('is not sent once its link has expired', async () => {
    meets(refusedForNow);
    await inviteOwner();
    test.mails.instead = undefined;
    test.clock.advance(7 * dayMs);
    expect(await test.mails.all()).toEqual([]);
    expect(mailRow().state).toBe('cancelled');
  });

  it('is forgotten a month after it ended, but not while its invitation is open', async () => {
    await inviteOwner();
    test.clock.advance(31 * dayMs);
    await test.portal.maintain();
    expect(mailRow().state, 'the link is over, the invitation is open').toBe('sent');
    test.clock.advance(-31 * dayMs);
    const { token } = await test.mails.lastTo(owner.email);
    await test.client().accountSetups.complete({ token, password: samplePassword });
    await test.portal.maintain();
    expect(mailRow().state).toBe('sent');
    test.clock.advance(31 * dayMs);
    await test.portal.maintain();
    expect(test.portal.projection.mails.all()).toEqual([]);
  });

  it('one that fails does not hold up the others', async () => {
    meets(refusedForNow);
    await inviteOwner();
    test.mails.instead = undefined;
    const operator = test.client(test.portal.operatorKey.reveal());
    await operator.organizations.create({ name: 'Borealis', owner: { name: 'Bo', email: 'bo@borealis.example' } });
    expect((await test.mails.lastTo('bo@borealis.example')).text).toContain('Borealis');
  });
});
