import { lt } from 'drizzle-orm';
import type { Orm } from './reader.js';
import { webhookDelivery } from './schema/delivery.js';
import { lockLog } from './schema/lock-log.js';
import { idempotentReply } from './schema/record.js';
import { oauthRecord } from './schema/sign-in.js';
import type { Store } from './store.js';

/** Deletes what has passed its time, past the ledger: nobody decides on it any more. */
export function createForgetting(
  orm: Orm,
): Pick<Store, 'forgetReplies' | 'forgetOauthRecords' | 'forgetDeliveries' | 'forgetLockLog'> {
  return {
    forgetReplies: async (before) => {
      await orm.delete(idempotentReply).where(lt(idempotentReply.createdAt, before));
    },
    forgetOauthRecords: async (before) => {
      await orm.delete(oauthRecord).where(lt(oauthRecord.expiresAt, before));
    },
    forgetLockLog: async (before) => {
      await orm.delete(lockLog).where(lt(lockLog.receivedAt, before));
    },
    forgetDeliveries: async (before) => {
      await orm.delete(webhookDelivery).where(lt(webhookDelivery.endedAt, before));
    },
  };
}
