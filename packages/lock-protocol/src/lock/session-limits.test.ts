import { describe, expect, test } from 'vitest';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { splitMessage } from '../encoding/frame.js';
import { decodeLogNumbers } from '../log/lock-log.js';
import { byToken } from '../session.test-rig.js';
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

  test('T4: a message 1 that waited is as old as its reading, not as its arrival', async () => {
    const { crypto, door, property, time, unlock } = createScene();
    await spend(door, crypto);
    const link = door.connect();
    const command = longCommand();
    const authorize = byToken(property, door, command.commandId);
    let fetch = (): void => undefined;
    const fetched = new Promise<void>((resolve) => {
      fetch = resolve;
    });
    const authority = async (challenge: Uint8Array) => {
      await fetched;
      return authorize(challenge);
    };
    const answered = unlock(link, { command, authority });
    await time.advance(2000 + 4999);
    fetch();
    expect(await answered).toMatchObject({ code: 'ok' });
  });

  test('T20: a message 1 of the size of no suite is refused at once, and takes none of the tries', async () => {
    const { crypto, door, unlock } = createScene();
    const [frame = new Uint8Array()] = splitMessage(crypto.randomBytes(47), { mtu: 247, firstCounter: 0 }).frames;
    for (let n = 0; n < 20; n += 1) {
      const link = door.connect();
      await link.write(frame, { withResponse: false });
      expect(link.isClosed()).toBe(true);
    }
    expect((await unlock(door.connect())).code).toBe('ok');
  });

  /** Ten handshakes that fail. */
  async function spend(door: ReturnType<typeof createScene>['door'], crypto: CryptoProvider) {
    const [frame = new Uint8Array()] = splitMessage(crypto.randomBytes(48), { mtu: 247, firstCounter: 0 }).frames;
    for (let n = 0; n < 10; n += 1) await door.connect().write(frame, { withResponse: false });
  }

  function longCommand() {
    return { commandId: createNodeCrypto().randomBytes(8), action: 'unlock', ttlMs: 30_000, intent: 'staff' } as const;
  }
});
