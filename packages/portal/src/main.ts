import { brokerFilesOptions, writeBrokerFiles } from './broker/broker-files.js';
import { parsePortalConfig } from './config.js';
import { holdDataDir } from './data-dir.js';
import { createLog } from './log.js';
import { startPortal } from './portal.js';
import { PortalError } from './portal-error.js';
import { moveToServer } from './store/move-to-server.js';

const usage = `main.js                                      starts the portal
main.js --check-config                       says whether its settings are right
main.js --broker-files <folder> <host:port>  writes a mosquitto's files; a second <host:port> makes it a bridge to there
main.js --move-to-server                     copies the embedded database to DATABASE_URL
`;

async function main([option, ...args]: readonly string[]): Promise<void> {
  if (option === '--help') {
    process.stdout.write(usage);
    return;
  }
  const isKnown = option === undefined || ['--check-config', '--move-to-server'].includes(option);
  if (option !== '--broker-files' && (!isKnown || args.length > 0)) {
    // A word mistyped must not start a portal on the data that it was to look at.
    process.stderr.write(`"${[option, ...args].join(' ')}" is not understood; --help lists what is.\n`);
    process.exitCode = 2;
    return;
  }
  const config = parsePortalConfig(process.env);
  if (option === '--check-config') {
    process.stdout.write('The configuration is valid.\n');
    return;
  }
  const log = createLog(config.logLevel);
  if (option === '--move-to-server') {
    if (config.databaseUrl === undefined)
      throw new PortalError({ code: 'config', faults: ['DATABASE_URL is not set'] });
    using dataDir = holdDataDir(config.dataDir);
    const { rows } = await moveToServer({ dataDir: dataDir.path, databaseUrl: config.databaseUrl, log });
    process.stdout.write(`Moved ${rows} rows from ${dataDir.path} to the server.\n`);
    return;
  }
  if (option === '--broker-files') {
    const options = brokerFilesOptions(args);
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
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PortalError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
