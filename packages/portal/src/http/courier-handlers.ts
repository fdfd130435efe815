import { createProblem } from '@latchwork/contract';
import type { Instant, MemberId } from '@latchwork/core';
import { tokenHash } from '../access/bearer-token.js';
import type { LogTaking } from '../lock-log/log-taking.js';
import { courierOf, parcelsFor } from '../locks/courier-parcels.js';
import type { LockReports } from '../locks/lock-reports.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOrNull } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';

type CourierOperation = 'takePhoneParcels' | 'bringPhoneReceipts';

/** A phone that carries for the locks of its property. */
interface Courier {
  readonly credential: Row<'credential'>;
  readonly memberId: MemberId;
}

/** Creates the handlers of couriers: phones of the staff, which bring locks what no gateway brings, and back what they prove (T10). */
export function createCourierHandlers(parts: {
  readonly projection: Projection;
  readonly lockLog: Pick<LogTaking, 'take'>;
  readonly reports: Pick<LockReports, 'brought'>;
}): Pick<Handlers, CourierOperation> {
  const { projection, lockLog, reports } = parts;

  const courier = (
    { credentialId, token }: { readonly credentialId: Row<'credential'>['id']; readonly token: string },
    now: Instant,
  ): Courier | ProblemAnswer => {
    const phone = projection.phones.get(credentialId);
    const credential = projection.credentials.get(credentialId);
    if (credential === undefined || phone?.publicKey == null || phone.tokenHash !== tokenHash(token)) {
      return { problem: createProblem('phone-token-invalid', {}) };
    }
    const { removedAt } = credential;
    if (removedAt !== null) {
      return { problem: createProblem('credential-ended', { removedAt: timestampOrNull(removedAt) }) };
    }
    const memberId = courierOf(projection, credential, now);
    return memberId === undefined ? { problem: createProblem('phone-not-courier', {}) } : { credential, memberId };
  };

  return {
    takePhoneParcels: async ({ request: { body }, now }) => {
      const asking = courier(body, now);
      return 'problem' in asking ? asking : { status: 200, body: parcelsFor(projection, asking.credential, now) };
    },

    bringPhoneReceipts: async ({ request: { body }, now }) => {
      const bringing = courier(body, now);
      if ('problem' in bringing) return bringing;
      const { credential, memberId } = bringing;
      const { deviceId, receipts, pages } = body;
      if (projection.devices.get(deviceId)?.propertyId !== credential.propertyId) return notFound;
      const carrier = { kind: 'phone', credentialId: credential.id, memberId } as const;
      const readings = await reports.brought({ deviceId, carrier, receipts });
      if (pages.length > 0) {
        await lockLog.take({
          deviceId,
          carrier,
          pages: pages.map((page) => new Uint8Array(Buffer.from(page, 'base64url'))),
        });
      }
      return { status: 200, body: { deviceId, receipts: [...readings] } };
    },
  };
}
