import { brokerFilesOptions, writeBrokerFiles } from './broker/broker-files.js';
import { parsePortalConfig } from './config.js';
import { holdDataDir } from './data-dir.js';
import { createLog } from './log.js';
import { startPortal } from './portal.js';
import { PortalError } from './portal-error.js';
import { moveToServer } from './store/move-to-server.js';

async function main(): Promise<void> {
  const config = parsePortalConfig(process.env);
  if (process.argv.includes('--check-config')) {
    process.stdout.write('The configuration is valid.\n');
    return;
  }
  const log = createLog(config.logLevel);
  if (process.argv.includes('--move-to-server')) {
    if (config.databaseUrl === undefined)
      throw new PortalError({ code: 'config', faults: ['DATABASE_URL is not set'] });
    using dataDir = holdDataDir(config.dataDir);
    const { rows } = await moveToServer({ dataDir: dataDir.path, databaseUrl: config.databaseUrl, log });
    process.stdout.write(`Moved ${rows} rows from ${dataDir.path} to the server.\n`);
    return;
  }
  const filesAt = process.argv.indexOf('--broker-files');
  if (filesAt !== -1) {
    const options = brokerFilesOptions(process.argv.slice(filesAt + 1));
    process.stdout.write(`Wrote the broker's files to ${await writeBrokerFiles(config, options, log)}.\n`);
    return;
  }
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
