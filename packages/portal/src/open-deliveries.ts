import { join } from 'node:path';
import { type Instant, toInstant } from '@latchwork/core';
import type { Sealer } from './access/sealer.js';
import type { Clock } from './clock.js';
import { createClosingStack } from './closing-stack.js';
import type { PortalConfig } from './config.js';
import type { Log } from './log.js';
import { createFileMailTransport } from './mail/file-mail-transport.js';
import { createMailSender } from './mail/mail-sender.js';
import type { MailTransport } from './mail/mail-transport.js';
import { createSmtpMailTransport } from './mail/smtp-mail-transport.js';
import type { OpenLedger } from './open-ledger.js';
import { every } from './periodic-task.js';
import type { Store } from './store/store.js';
import type { AddressGuard } from './webhooks/address-guard.js';
import { createWebhookPost } from './webhooks/webhook-post.js';
import { createWebhookSender } from './webhooks/webhook-sender.js';

/** What deliveries stand on. */
export interface DeliveriesParts {
  readonly config: PortalConfig['mail'];
  /** Takes the mails instead of what the configuration names. */
  readonly mail: MailTransport | undefined;
  /** Where mails are written to when no mail server is configured. */
  readonly dataDir: string;
  readonly opened: Pick<OpenLedger, 'ledger' | 'projection' | 'onCommitted'>;
  readonly store: Store;
  readonly sealer: Sealer;
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1; spreads attempts. */
  readonly random: () => number;
  readonly publicUrl: () => string;
}

/** What leaves the portal by itself: mails and webhooks, after each commit with one and once a second. */
export interface Deliveries extends AsyncDisposable {
  /** Sends until nothing is due any more. */
  deliver(): Promise<void>;
  /** Forgets what ended so long ago that nobody looks at it. */
  forget(now: Instant): Promise<void>;
}

const deliverEveryMs = 1_000;
/** How long ended webhook deliveries can be looked at. */
const deliveriesKeptMs = 30 * 24 * 60 * 60 * 1000;

/** Wires the senders of mails and webhooks, which send from now on. */
export function openDeliveries(parts: DeliveriesParts): Deliveries {
  const { config, dataDir, opened, store, sealer, guard, clock, log, random, publicUrl } = parts;
  const { ledger, projection } = opened;
  const { lease } = store.peers;
  const running = createClosingStack();
  const transport = parts.mail ?? mailTransportOf(config, dataDir, log);
  const { appDownloadUrl } = config;
  // Begun first and so closed last: what they wait for ends when the senders are told to stop.
  running.use(every(deliverEveryMs, async () => await mails.deliver(), log));
  running.use(every(deliverEveryMs, async () => await webhooks.look(), log));
  const mails = running.use(
    createMailSender({ projection, ledger, transport, sealer, clock, log, publicUrl, appDownloadUrl, lease }),
  );
  const post = createWebhookPost({ guard });
  const webhooks = running.use(
    createWebhookSender({ projection, store, ledger, lease, post, sealer, clock, log, random }),
  );
  const soon = (task: () => Promise<void>): void => {
    setImmediate(() => {
      task().catch((error: unknown) => log.error({ err: error }, 'delivery failed'));
    });
  };
  opened.onCommitted(({ tables }) => {
    if (tables.includes('mail')) soon(mails.deliver);
    if (tables.includes('webhookDelivery')) soon(webhooks.look);
  });
  return {
    deliver: async () => {
      await mails.deliver();
      await webhooks.deliver();
    },
    forget: async (now) => {
      await mails.forget();
      await store.forgetDeliveries(toInstant(now - deliveriesKeptMs));
    },
    [Symbol.asyncDispose]: async () => await running[Symbol.asyncDispose](),
  };
}

function mailTransportOf({ smtpUrl, from }: PortalConfig['mail'], dataDir: string, log: Log): MailTransport {
  return smtpUrl === undefined
    ? createFileMailTransport({ folder: join(dataDir, 'mail'), from, log })
    : createSmtpMailTransport({ url: smtpUrl, from });
}
