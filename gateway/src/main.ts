import { fileURLToPath } from 'node:url';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { runBackup } from './backup/backup-command.js';
import { systemClock } from './clock.js';
import { type GatewayConfig, parseConfig } from './config.js';
import { examine } from './doctor/doctor.js';
import { machineRoots } from './doctor/machine.js';
import { reportJson, reportText } from './doctor/report.js';
import { runEncoder } from './encoder/encoder-command.js';
import { enroll } from './enrollment/enroll.js';
import { readEnrollment } from './enrollment/enrollment-file.js';
import { startGateway } from './gateway.js';
import { GatewayError } from './gateway-error.js';
import { createLog } from './log.js';
import { isLoopback } from './loopback.js';
import { startRadio } from './radio/supervisor.js';

/** A stop that takes longer than this is given up; the journal keeps what matters. */
const stopLimitMs = 10_000;

const usage = `latchwork-gateway                             is the gateway
latchwork-gateway --check-config              says whether its settings are right
latchwork-gateway doctor [--json]             says what is wrong on this machine
latchwork-gateway enroll <portal-url> <code>  gets this gateway its certificate
latchwork-gateway backup <file>               seals who this gateway is into a file
latchwork-gateway restore <file>              makes this machine that gateway
latchwork-gateway encoder [--enroll <label>]  writes key cards
`;

function complain(sentence: string): void {
  process.stderr.write(`latchwork-gateway: ${sentence}\n`);
}

async function readConfig(): Promise<GatewayConfig | undefined> {
  try {
    const { LATCHWORK_DATA_DIR: dataDir = '' } = process.env;
    return parseConfig(process.env, dataDir === '' ? undefined : await readEnrollment(dataDir));
  } catch (error) {
    if (!(error instanceof GatewayError)) {
      throw error;
    }
    for (const fault of error.info.code === 'config' ? error.info.faults : [error.message]) {
      complain(fault);
    }
    return undefined;
  }
}

async function run(config: GatewayConfig): Promise<number> {
  const log = createLog(config.logLevel);
  const signaled = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    // Started by a program that holds a channel to it, it ends with that program.
    process.once('disconnect', () => resolve());
  });
  const gateway = await startGateway(config, {
    central: () => startRadio({ fork: config.noble, deviceId: config.adapter, log, clock: systemClock }),
    crypto: createNodeCrypto(),
    clock: systemClock,
    log,
    random: Math.random,
  });
  const failure = await Promise.race([signaled, gateway.failed]);
  if (failure !== undefined) {
    complain(failure.message);
  }
  const late = setTimeout(() => {
    complain('The gateway did not stop in time.');
    process.exit(1);
  }, stopLimitMs);
  await gateway[Symbol.asyncDispose]();
  clearTimeout(late);
  return failure === undefined ? 0 : 1;
}

/** Says what is wrong on this machine; 1 when the gateway cannot do its work so. */
async function consultDoctor(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) {
    complain('The doctor is called as "latchwork-gateway doctor" or "latchwork-gateway doctor --json".');
    return 2;
  }
  const unitFile = fileURLToPath(new URL('../latchwork-gateway.service', import.meta.url));
  const findings = await examine(process.env, { roots: machineRoots, unitFile });
  process.stdout.write(args.includes('--json') ? reportJson(findings) : reportText(findings));
  return findings.some(({ verdict }) => verdict === 'failure') ? 1 : 0;
}

/** Gets this gateway its certificate with the code that its property was shown. */
async function enrollHere(args: readonly string[]): Promise<number> {
  const [portalUrl = '', ...code] = args;
  const { LATCHWORK_DATA_DIR: dataDir = '' } = process.env;
  if (!/^https?:\/\//.test(portalUrl) || !URL.canParse(portalUrl) || code.length === 0 || dataDir === '') {
    complain('Call it as "LATCHWORK_DATA_DIR=<folder> latchwork-gateway enroll <portal-url> <code>".');
    return 2;
  }
  const { protocol, hostname } = new URL(portalUrl);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    complain('The portal must be called by https://: over the network the code would be sent unencrypted.');
    return 2;
  }
  try {
    const made = await enroll({ portalUrl, code: code.join(''), dataDir, clock: systemClock });
    process.stdout.write(`This is gateway ${made.gatewayId} now, until ${made.expiresAt}; it renews that by itself.\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof GatewayError)) {
      throw error;
    }
    complain(error.message);
    return 1;
  }
}

/** Is the gateway, or with `--check-config` only says whether it could be. */
async function beGateway(isCheck: boolean): Promise<void> {
  const config = await readConfig();
  if (config === undefined) {
    process.exitCode = 2;
  } else if (isCheck) {
    process.stdout.write('The configuration is complete.\n');
  } else {
    try {
      process.exit(await run(config));
    } catch (error) {
      if (!(error instanceof GatewayError)) {
        throw error;
      }
      complain(error.message);
      process.exit(1);
    }
  }
}

const [command, ...args] = process.argv.slice(2);
const say = (sentence: string) => process.stdout.write(`${sentence}\n`);
if (command === 'doctor') {
  process.exitCode = await consultDoctor(args);
} else if (command === 'enroll') {
  process.exitCode = await enrollHere(args);
} else if (command === 'encoder') {
  process.exit(await runEncoder(args, process.env, { say, complain }));
} else if (command === 'backup' || command === 'restore') {
  process.exitCode = await runBackup(command, args, { env: process.env, say, complain });
} else if (command === '--help') {
  process.stdout.write(usage);
} else if (command === undefined || (command === '--check-config' && args.length === 0)) {
  await beGateway(command !== undefined);
} else {
  // A word mistyped must not become a second gateway of this identity.
  complain(`"${[command, ...args].join(' ')}" is not understood; "latchwork-gateway --help" lists what is.`);
  process.exitCode = 2;
}
