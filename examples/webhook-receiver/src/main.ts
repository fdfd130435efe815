import { once } from 'node:events';
import { createReceiver } from './webhook-receiver.js';

/** `LATCHWORK_WEBHOOK_SECRET=whsec_… npx tsx src/main.ts [port]`: prints each event; several secrets are separated by spaces. */
async function main(): Promise<void> {
  const secrets = (process.env['LATCHWORK_WEBHOOK_SECRET'] ?? '').split(' ').filter((secret) => secret !== '');
  if (secrets.length === 0) throw new Error('LATCHWORK_WEBHOOK_SECRET is missing: the secret of the endpoint.');
  const port = Number(process.argv[2] ?? 8090);
  const onEvent = async ({ occurredAt, type, id }: { occurredAt: string; type: string; id: string }) => {
    process.stdout.write(`${occurredAt} ${type} ${id}\n`);
  };
  const server = createReceiver({ secrets, onEvent, taken: new Set() }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
}

await main();
