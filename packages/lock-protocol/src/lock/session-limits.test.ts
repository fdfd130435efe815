import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { splitMessage } from '../encoding/frame.js';
import { decodeLogNumbers } from '../log/lock-log.js';
import { createScene, faultOf } from './command-scene.test-rig.js';

describe('the limits of a session', () => {
  test('a second connection is refused while one is served', async () => {
    const { door, unlock } = createScene();
    const link = door.connect();
    expect(door.connect().isClosed()).toBe(true);
    expect((await unlock(link)).code).toBe('ok');
    link.close();
    expect(door.connect().isClosed()).toBe(false);
  });

  test('the lock ends a connection without message 1 after 2 s', async () => {
    const { door, time } = createScene();
    const link = door.connect();
    await time.advance(1999);
    expect(link.isClosed()).toBe(false);
    await time.advance(1);
    expect(link.isClosed()).toBe(true);
    expect(door.log).toHaveLength(0);
  });

  test('the lock ends a handshake without message 3 after 5 s', async () => {
    const { door, time, unlock } = createScene();
    const link = door.connect();
    const fault = faultOf(unlock(link, { authority: () => new Promise(() => undefined), command: longCommand() }));
    await time.advance(4999);
    expect(link.isClosed()).toBe(false);
    await time.advance(1);
    expect(link.isClosed()).toBe(true);
    expect(await fault).toMatchObject({ commandWritten: false });
    expect(door.log).toMatchObject([{ type: 'session', result: 'late' }]);
  });

  test('the lock ends a session that is idle for 10 s', async () => {
    const { door, time, unlock } = createScene();
    const link = door.connect();
    await unlock(link);
    await time.advance(9999);
    expect(link.isClosed()).toBe(false);
    await time.advance(1);
    expect(link.isClosed()).toBe(true);
  });

  test('ten handshakes may fail in a row; then message 1 waits for 2 s, and honest ones are never counted', async () => {
    const { crypto, door, time, unlock } = createScene();
    for (let n = 0; n < 30; n += 1) {
      const link = door.connect();
      expect((await unlock(link)).code).toBe('ok');
      link.close();
    }
    const stranger = async () => {
      const link = door.connect();
      const [frame = new Uint8Array()] = splitMessage(crypto.randomBytes(48), { mtu: 247, firstCounter: 0 }).frames;
      await link.write(frame, { withResponse: false });
      return link;
    };
    for (let n = 0; n < 10; n += 1) expect((await stranger()).isClosed()).toBe(true);
    const eleventh = await stranger();
    await time.advance(1999);
    expect(eleventh.isClosed()).toBe(false);
    await time.advance(1);
    expect(eleventh.isClosed()).toBe(true);
    const link = door.connect();
    const answered = unlock(link);
    await time.advance(1999);
    expect(link.notified).toHaveLength(0);
    await time.advance(1);
    expect((await answered).code).toBe('ok');
    link.close();
    // Whoever leaves while it waits has cost the lock nothing but a line.
    (await stranger()).close();
    expect((await stranger()).isClosed()).toBe(false);
    expect(door.log.map(({ type, result }) => `${type} ${result}`).slice(-10)).toEqual([
      ...Array.from({ length: 8 }, () => 'session auth'),
      'handshakes auth',
      'unlock ok',
    ]);
    expect(decodeLogNumbers(door.log.at(-2) ?? { commandId: new Uint8Array(8) })[0]).toBe(3);
  });

  function longCommand() {
    return { commandId: createNodeCrypto().randomBytes(8), action: 'unlock', ttlMs: 30_000, intent: 'staff' } as const;
  }
});
