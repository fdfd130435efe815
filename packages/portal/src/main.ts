import { parsePortalConfig } from './config.js';
import { createLog } from './log.js';
import { startPortal } from './portal.js';
import { PortalError } from './portal-error.js';

async function main(): Promise<void> {
  const config = parsePortalConfig(process.env);
  if (process.argv.includes('--check-config')) {
    process.stdout.write('The configuration is valid.\n');
    return;
  }
  const log = createLog(config.logLevel);
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
    // Started by a program that holds a channel to it, it ends with that program.
    process.once('disconnect', () => resolve('disconnect'));
  });
  const portal = await startPortal(config, { log });
  log.info({ reason: await stopped }, 'portal stopping');
  await portal[Symbol.asyncDispose]();
  if (process.connected) process.disconnect();
}

try {
  await main();
} catch (error) {
  if (!(error instanceof PortalError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
