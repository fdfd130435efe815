import { describe, expect, it } from 'vitest';
import { encodeEnroll } from '../cards/card-report.js';
import { createScene, faultOf } from '../lock/command-scene.test-rig.js';
import { decodeStatus } from '../lock/lock-status.js';
import type { OperationRequest } from '../lock/operation-message.js';
import { emptyLog, type LogEntry } from '../log/lock-log.js';
import { encodeLogAcknowledge, encodeLogRead } from '../log/log-operation.js';
import { readLogReport, startLogReader } from '../log/log-reader.js';
import { epochSeconds, type RigLink, settle } from '../session.test-rig.js';
import { openVisit, type Visit, type VisitOptions } from './open-visit.js';
import { visitAnswerMs } from './visit-machine.js';

const nothing = new Uint8Array(0);
const status: OperationRequest = { name: 'status', body: nothing };

/** A door and a gateway that carries and watches, and opens nothing. */
function createGatewayScene() {
  const scene = createScene();
  const { crypto, door, property, time } = scene;
  const gateway = crypto.x25519KeyPair();
  const grant = property.grant({
    ...{ locks: [door.tag], holderPublicKey: gateway.publicKey, role: 'gateway' },
    rights: ['status', 'log', 'deliver'],
  });
  const shown = { grant, certificate: property.certificates.grant };
  const visit = (link: RigLink, change: Partial<VisitOptions> = {}): Promise<Visit> =>
    openVisit({
      ...{ crypto, link, lockPublicKey: door.publicKey, caller: gateway },
      ...{ now: time.now, startTimer: time.startTimer },
      ...change,
    });
  const bringTime = async ({ ask, challenge }: Visit) =>
    await ask(
      { name: 'time', body: property.time({ lock: door.tag, challenge, at: time.now() }) },
      { certificate: property.certificates.cmd },
    );
  return { ...scene, gateway, shown, visit, bringTime };
}

describe('a visit', () => {
  it('brings the time, looks, reads the whole log and acknowledges it, in one session', async () => {
    const { crypto, door, unlock, shown, visit, bringTime } = createGatewayScene();
    for (let times = 0; times < 70; times += 1) {
      const link = door.connect();
      await unlock(link);
      link.close();
    }
    door.clock = { quality: 'none', offsetSeconds: 0 };
    const link = door.connect();
    const open = await visit(link);
    expect(open.clockQuality).toBe('none');
    expect((await bringTime(open)).code).toBe('ok');
    const looked = await open.ask(status, shown);
    expect(decodeStatus(looked.body)).toMatchObject({ clockQuality: 'good', utcSeconds: epochSeconds, logSeq: 71 });
    const lock = { publicKey: door.signingPublicKey, tag: door.tag };
    let reader = startLogReader();
    const entries: LogEntry[] = [];
    while (entries.length < 71) {
      const page = await open.ask({ name: 'log-read', body: encodeLogRead({ after: reader.cursor.seq }) });
      const reading = readLogReport(crypto, reader, { kind: 'page', bytes: page.body, lock, at: 0 });
      expect([page.code, reading.findings]).toEqual(['ok', []]);
      reader = reading.reader;
      entries.push(...reading.records.flatMap(({ entry }) => entry ?? []));
    }
    expect(entries).toEqual(door.log);
    const { seq, hash } = reader.cursor;
    expect((await open.ask({ name: 'log-acknowledge', body: encodeLogAcknowledge({ seq, hash }) })).code).toBe('ok');
    // Nothing was moved, and what was shown once counted for all of it.
    expect(door.moves).toHaveLength(70);
    expect(link.isClosed()).toBe(false);
  });

  it('sends a certificate only to a lock that does not hold it', async () => {
    const { door, shown, visit } = createGatewayScene();
    const sizes: number[] = [];
    for (let times = 0; times < 2; times += 1) {
      const link = door.connect();
      const { ask } = await visit(link);
      expect((await ask(status, shown)).code).toBe('ok');
      sizes.push(link.written.length);
      link.close();
    }
    expect(sizes[0]).toBeGreaterThan(sizes[1] ?? 0);
    const link = door.connect();
    const { ask } = await visit(link);
    expect((await ask(status)).code).toBe('no-right');
  });

  it('asks one thing after the other, however many are asked at once', async () => {
    const { door, shown, visit } = createGatewayScene();
    const { ask } = await visit(door.connect());
    const answers = await Promise.all([ask(status, shown), ask({ name: 'time', body: nothing }), ask(status)]);
    expect(answers.map(({ code }) => code)).toEqual(['ok', 'auth', 'ok']);
  });

  it('ends with a reason, and says it again to whoever asks later', async () => {
    const { door, shown, visit, time } = createGatewayScene();
    const lost = door.connect();
    const first = await visit(lost);
    lost.close();
    expect(await faultOf(first.ask(status, shown))).toMatchObject({ code: 'command', reason: 'link-closed' });

    const idle = await visit(door.connect());
    await time.advance(5_000);
    expect(await faultOf(idle.ask(status, shown))).toMatchObject({ code: 'command' });
    expect(await faultOf(idle.ask(status, shown))).toMatchObject({ code: 'command' });

    const link = door.connect();
    const ended = await visit(link);
    ended.end();
    await settle();
    expect(await faultOf(ended.ask(status, shown))).toMatchObject({ code: 'command', reason: 'aborted' });
    link.close();

    const silent = door.connect({ adversary: { toCaller: () => undefined } });
    const opening = faultOf(visit(silent));
    await time.advance(10_000);
    expect(await opening).toMatchObject({ code: 'command' });
    silent.close();

    const aborted = door.connect();
    const fault = await faultOf(visit(aborted, { signal: AbortSignal.abort() }));
    expect(fault).toMatchObject({ code: 'command', reason: 'aborted' });
  });

  it('waits for an answer as long as it had the lock wait for a card', async () => {
    const { crypto, door, property, time } = createScene();
    const installer = crypto.x25519KeyPair();
    const grant = property.grant({ locks: [door.tag], holderPublicKey: installer.publicKey, rights: ['enroll'] });
    const { ask } = await openVisit({
      ...{ crypto, link: door.connect(), lockPublicKey: door.publicKey, caller: installer },
      ...{ now: time.now, startTimer: time.startTimer },
    });
    const shown = { grant, certificate: property.certificates.grant };
    const asked = ask({ name: 'enroll', body: encodeEnroll(40) }, shown);
    await time.advance(40_000);
    expect((await asked).code).toBe('late');
  });

  it('ends by its own limit with a link that hangs while INFO is read', async () => {
    const { door, visit, time } = createGatewayScene();
    const link = door.connect();
    const never = new Promise<never>(() => undefined);
    const opening = faultOf(visit({ ...link, readInfo: () => never, closed: never }));
    let isOver = false;
    void opening.then(() => {
      isOver = true;
    });
    await time.advance(visitAnswerMs - 1);
    expect(isOver).toBe(false);
    await time.advance(1);
    expect(await opening).toMatchObject({ code: 'command', reason: 'late' });
    expect(link.written).toHaveLength(0);
  });

  it('ends with whatever went wrong in the caller itself, whoever waits and whoever asks later', async () => {
    const broken = new Error('The provider is broken.');
    const { crypto, door, shown, visit } = createGatewayScene();
    const failing = (atCall: number) => {
      let calls = 0;
      const chachaOpen: typeof crypto.chachaOpen = (request) => {
        calls += 1;
        if (calls === atCall) throw broken;
        return crypto.chachaOpen(request);
      };
      return { crypto: { ...crypto, chachaOpen } };
    };
    const early = door.connect();
    await expect(visit(early, failing(1))).rejects.toBe(broken);
    early.close();
    const { ask } = await visit(door.connect(), failing(2));
    await expect(ask(status, shown)).rejects.toBe(broken);
    await expect(ask(status)).rejects.toBe(broken);
  });

  it('T2: a changed bit in any frame of the lock ends it, and the next one is served', async () => {
    const { door, shown, visit } = createGatewayScene();
    const warm = door.connect();
    await (await visit(warm)).ask(status, shown);
    warm.close();
    for (const bad of [0, 1]) {
      let frames = 0;
      const link = door.connect({
        adversary: {
          toCaller: (frame, deliver) => {
            const changed = frame.slice();
            if (frames === bad) changed[20] = (changed[20] ?? 0) ^ 1;
            frames += 1;
            deliver(changed);
          },
        },
      });
      const fault = await faultOf(visit(link).then(({ ask }) => ask(status, shown)));
      expect(fault).toMatchObject({ code: bad === 0 ? 'handshake' : 'record' });
      link.close();
    }
    const { ask } = await visit(door.connect());
    expect((await ask(status, shown)).code).toBe('ok');
  });

  it('with a lock that acknowledges what was never read changes nothing', async () => {
    const { door, shown, visit } = createGatewayScene();
    const { ask } = await visit(door.connect());
    const body = encodeLogAcknowledge({ ...emptyLog, seq: 5 });
    expect((await ask({ name: 'log-acknowledge', body }, shown)).code).toBe('log-mismatch');
  });
});
