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
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  const portal = await startPortal(config, { log });
  log.info({ signal: await stopped }, 'portal stopping');
  await portal[Symbol.asyncDispose]();
}

try {
  await main();
} catch (error) {
  if (!(error instanceof PortalError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
