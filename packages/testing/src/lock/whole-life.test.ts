import { generateKeyPairSync } from 'node:crypto';
import {
  decideReceipt,
  decideStanding,
  decodeStatus,
  encodeDecommission,
  LockProtocolError,
  readLogReport,
  type SetEntry,
  signFirmwareManifest,
  startLogReader,
  updateFirmware,
  verifyReceipt,
} from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAir, type VirtualAir } from '../air/air.js';
import type { EmulatedCard } from '../cards/emulated-card.js';
import { createNtag424Card } from '../cards/ev2-card.js';
import { createSigningCard } from '../cards/signing-card.js';
import { installHciShim } from '../hci-shim.js';
import { type NobleInstance, nobleForks, poweredOn } from '../noble-fork.js';
import { makeLockImage } from './lock-firmware.js';
import { createVisits } from './lock-visits.test-rig.js';
import { createOffice } from './property-office.test-rig.js';
import { createSimulatedLock, type SimulatedLock } from './simulated-lock.js';

const crypto = createNodeCrypto();
const nothing = new Uint8Array(0);
const done = { outcome: 'done' } as const;
const maker = crypto.ed25519KeyPair();
const firmware = { makerPublicKey: maker.publicKey, model: 'simulated', version: 1 };

const makeKey = () =>
  Uint8Array.from(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'der', type: 'pkcs8' }),
  );
const uid = Uint8Array.of(0x04, 0x51, 0x8d, 0xfa, 0xa9, 0x61, 0x80);
const cardSecret = crypto.randomBytes(16);
const card = createNtag424Card({ uid, secrets: new Map([[1, cardSecret]]) });
const cardClone = createNtag424Card({ uid, secrets: new Map([[1, crypto.randomBytes(16)]]) });
const pass = createSigningCard({ privateKey: makeKey() });
const passClone = createSigningCard({ privateKey: makeKey(), claims: pass.publicKey });
const code = '481516';
const [cardEntry, passEntry, codeEntry]: readonly [SetEntry, SetEntry, SetEntry] = [
  { id: 1, credential: { kind: 'aes', uid, secret: cardSecret } },
  { id: 2, credential: { kind: 'public-key', publicKey: pass.publicKey } },
  { id: 3, credential: { kind: 'code', digits: code, salt: crypto.randomBytes(16) } },
];
/** More than one box takes. */
const manyEntries = Array.from({ length: 200 }, (_, index): SetEntry => {
  const bytes = crypto.sha256(Uint8Array.of(index));
  return { id: 100 + index, credential: { kind: 'aes', uid: bytes.slice(0, 7), secret: bytes.slice(16) } };
});

/** What the lock writes down when somebody shows something at its door. */
function atDoor(lock: SimulatedLock, show: () => void): Promise<string> {
  return new Promise((resolve) => {
    lock.events.once('logged', ({ entry }) => resolve(entry.result));
    show();
  });
}

for (const fork of nobleForks) {
  describe.skipIf(fork.missing !== undefined)(`a lock over ${fork.name} ${fork.missing ?? ''}`, () => {
    let air: VirtualAir;
    let noble: NobleInstance;
    let uninstall: () => void;

    beforeAll(async () => {
      air = createAir({ seed: 5 });
      const adapter = air.addController({ address: '00:1b:dc:00:00:01' });
      uninstall = installHciShim(() => adapter);
      if (fork.missing !== undefined) return;
      noble = fork.open(0);
      await poweredOn(noble);
    });

    afterAll(() => {
      uninstall();
      air.close();
    });

    test('lives its whole life: commissioned, opened, revoked, cut, updated, given away', async () => {
      await using lock = await createSimulatedLock({
        ...{ air, crypto, firmware, address: 'c0:00:00:00:00:01', advertisingIntervalMs: 20, bootMs: 20 },
        relockMs: 3_600_000,
      });
      const { visit, commission, deliver, unlock } = createVisits(crypto, noble, lock.address);
      const hold = (held: EmulatedCard) => atDoor(lock, () => void lock.holdCard(held));
      const type = (digits: string) => atDoor(lock, () => lock.enterCode(digits));
      const office = createOffice(crypto);

      // Factory-new, it obeys only who has its label, and only while somebody is inside.
      expect(await commission(office, lock.label)).toBe('not-admitted');
      lock.pressButton();
      const neighbor = await createSimulatedLock({ air, crypto, address: 'c0:00:00:00:00:02' });
      expect(await commission(office, neighbor.label)).toBe('secret-refused');
      await neighbor.close();
      expect(lock.trust).toBeUndefined();
      expect(await commission(office, lock.label)).toBe('ok');
      expect(lock.trust).toMatchObject(office.trust);

      const carrier = crypto.x25519KeyPair();
      const shown = office.grant(carrier.publicKey, ['log', 'status', 'update-firmware', 'commission']);
      const first = office.publish([cardEntry, passEntry, codeEntry]);
      const delivery = await deliver(office, { time: office.tellTime, set: first.carried });
      expect(delivery.parts).toEqual({ time: done, set: done });
      const signer = { tag: office.lock().lock, publicKey: office.lock().signingPublicKey };
      const read = (receipt: Uint8Array = nothing) => {
        const decision = verifyReceipt(crypto, receipt, signer);
        if (!decision.ok) throw new Error(`The receipt is refused: ${decision.code}.`);
        return decision.statement;
      };
      expect(decideReceipt(read(delivery.receipts.at(-1)), first)).toEqual({ ok: true });

      expect(lock.boltMoves).toBe(0);
      expect(await hold(card)).toBe('ok');
      expect(await hold(cardClone)).toBe('card-clone-suspect');
      expect(await hold(pass)).toBe('ok');
      expect(await hold(passClone)).toBe('card-clone-suspect');
      expect(await type(code)).toBe('ok');
      expect(await type('481517')).toBe('code-unknown');
      expect(lock.boltMoves).toBe(3);

      const phone = crypto.x25519KeyPair();
      const grant = office.grant(phone.publicKey, ['unlock', 'local']);
      expect(await unlock(office, { caller: phone, grant })).toBe('ok');
      expect(await unlock(office, { caller: crypto.x25519KeyPair() })).toBe('ok');
      expect(lock.boltMoves).toBe(5);

      // Another guest's phone brings the word that ends the card, with no right to anything itself.
      const word = office.revoke({ deniedEntries: [cardEntry.id] });
      const courier = await deliver(office, { bulletin: word.carried });
      expect(courier.parts).toEqual({ bulletin: done });
      expect(decideStanding(read(delivery.receipts.at(-1)), word)).toEqual({ ok: false, code: 'revision-old' });
      expect(decideStanding(read(courier.receipts.at(-1)), word)).toEqual({ ok: true });
      expect(await hold(card)).toBe('revoked');
      expect(await hold(pass)).toBe('ok');

      let reader = startLogReader();
      /** What a carrier brings of the log since the last time, as far as the lock's signature covers it. */
      const readOn = async (): Promise<readonly string[]> => {
        const brought = await deliver(office, { log: { after: reader.cursor.seq }, shown }, carrier);
        expect(brought.parts).toEqual({ log: done });
        return brought.pages.flatMap((bytes) => {
          const reading = readLogReport(crypto, reader, { kind: 'page', bytes, lock: signer, at: 0 });
          expect(reading.findings).toEqual([]);
          reader = reading.reader;
          return reading.records.map(({ entry }) => `${entry?.type} ${entry?.result}`);
        });
      };
      expect(await readOn()).toEqual([
        ...['boot ok', 'session auth', 'session auth', 'commission ok', 'clock-set ok', 'set-applied ok'],
        ...['card ok', 'card card-clone-suspect', 'card ok', 'card card-clone-suspect', 'card ok', 'card code-unknown'],
        ...['unlock ok', 'unlock ok', 'bulletin ok', 'card revoked', 'card ok'],
      ]);

      // The power fails while a set comes that needs several boxes.
      const status = () =>
        visit({ caller: carrier, lockPublicKey: lock.publicKey }, async ({ ask }) =>
          decodeStatus((await ask({ name: 'status', body: nothing }, shown)).body),
        );
      const next = office.publish([passEntry, codeEntry, ...manyEntries]);
      lock.flash.cutAfter(6_000);
      const cut = await deliver(office, { set: next.carried });
      expect(cut.parts.set?.outcome).toBe('cut');
      expect(lock.powered).toBe(false);
      await lock.powerOn();
      const { set: held } = await status();
      expect(held).toMatchObject({
        revision: first.revision,
        digest: first.digest,
        standing: { revision: word.revision },
      });
      expect(held.staged).toBeGreaterThan(0);
      expect(held.staged).toBeLessThan(manyEntries.length);
      expect(await hold(card)).toBe('revoked');
      expect(await hold(pass)).toBe('ok');
      const completed = await deliver(office, { set: next.carried });
      expect(completed.parts).toEqual({ set: done });
      expect(decideReceipt(read(completed.receipts.at(-1)), next)).toEqual({ ok: true });
      expect(await hold(card)).toBe('card-unknown');

      const image = makeLockImage({ version: 2, sizeBytes: 3_000 });
      const manifest = signFirmwareManifest(crypto, maker.secret, {
        ...{ model: 'simulated', version: 2, leastVersion: 2, size: image.length, digest: crypto.sha256(image) },
      });
      const started = new Promise((resolve) => lock.events.on('power', ({ on }) => on && resolve(on)));
      const update = () =>
        visit({ caller: carrier, lockPublicKey: lock.publicKey }, (open) =>
          updateFirmware(open, { manifest, image, shown }),
        );
      expect(await update()).toEqual({ outcome: 'restarting', sentBytes: image.length });
      await started;
      expect((await status()).firmwareVersion).toBe(2);
      expect(await update()).toEqual({ outcome: 'installed', sentBytes: 0 });
      expect(await hold(pass)).toBe('ok');

      expect(await readOn()).toEqual([
        ...['boot ok', 'card revoked', 'card ok', 'set-applied ok', 'card card-unknown'],
        ...['firmware ok', 'boot ok', 'card ok'],
      ]);

      // Given away: only by who may, and only while somebody is inside.
      const before = { tag: lock.tag, publicKey: lock.publicKey };
      const decommission = () =>
        visit({ caller: carrier, lockPublicKey: before.publicKey }, ({ ask }) =>
          ask({ name: 'decommission', body: encodeDecommission(crypto.randomBytes(8)) }, shown),
        );
      expect(await decommission()).toMatchObject({ code: 'presence' });
      lock.pressButton();
      expect(await decommission()).toMatchObject({ code: 'ok' });
      expect(lock.trust).toBeUndefined();
      expect([lock.tag, lock.publicKey]).not.toEqual([before.tag, before.publicKey]);
      const moves = lock.boltMoves;
      expect(await hold(pass)).toBe('auth');
      expect(await type(code)).toBe('auth');
      expect(await unlock(office, { caller: phone, grant, lockPublicKey: lock.publicKey })).toBe('auth');

      const other = createOffice(crypto);
      lock.pressButton();
      expect(await commission(other, lock.label)).toBe('ok');
      expect(lock.trust).toMatchObject(other.trust);
      expect(await hold(pass)).toBe('card-unknown');
      expect(await type(code)).toBe('code-unknown');
      expect(await unlock(office, { caller: phone, grant, lockPublicKey: lock.publicKey })).toBe('auth');
      expect(await unlock(office, { caller: phone, lockPublicKey: lock.publicKey })).toBe('auth');
      await expect(unlock(office, { caller: phone, grant })).rejects.toThrow(LockProtocolError);
      expect(lock.boltMoves).toBe(moves);
      const fresh = other.grant(phone.publicKey, ['unlock', 'local']);
      expect(await unlock(other, { caller: phone, grant: fresh })).toBe('no-clock');
      expect((await deliver(other, { time: other.tellTime })).parts).toEqual({ time: done });
      expect(await unlock(other, { caller: phone, grant: fresh })).toBe('ok');
    });
  });
}
