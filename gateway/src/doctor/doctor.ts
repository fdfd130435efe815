import { enrolledSettings, parseConfig, usableSettings } from '../config.js';
import { type Enrollment, readEnrollment } from '../enrollment/enrollment-file.js';
import { GatewayError } from '../gateway-error.js';
import { decideAccount, gatherAccount } from './account-check.js';
import { chosenAdapter, decideAdapter, gatherAdapters } from './adapter-check.js';
import { decideDaemon, gatherDaemon } from './bluetoothd-check.js';
import { decideBroker, gatherBroker } from './broker-check.js';
import { certificateFacts, decideCertificate } from './certificate-check.js';
import { decideClock, gatherClock } from './clock-check.js';
import { decideConfiguration } from './configuration-check.js';
import { decideDataFolder, decideDisk, gatherDataFolder } from './data-folder-check.js';
import type { Finding } from './finding.js';
import { decideHealth, decideRunning, gatherHealth } from './health-check.js';
import { decideJournal, gatherJournal } from './journal-check.js';
import { decideLibrary, findLibrary, gatherLibrary } from './library-check.js';
import type { MachineRoots } from './machine.js';
import { decideRights, gatherRights } from './rights-check.js';
import { decideSwitch, gatherSwitches } from './switch-check.js';

type Environment = Readonly<Record<string, string | undefined>>;

function configurationFaults(env: Environment, enrollment: Enrollment | undefined): readonly string[] {
  try {
    parseConfig(env, enrollment);
    return [];
  } catch (error) {
    if (error instanceof GatewayError && error.info.code === 'config') return error.info.faults;
    throw error;
  }
}

/** What is wrong with an enrollment, as a fault among those of the configuration. */
function asFault(error: unknown): string {
  if (!(error instanceof GatewayError)) throw error;
  return error.message;
}

/** Where the doctor looks. */
export interface Surroundings {
  readonly roots: MachineRoots;
  /** The systemd unit that came with this program. */
  readonly unitFile: string;
}

/**
 * Looks at everything that a gateway with these settings needs on this machine. It changes nothing, sends no secret but to
 * the configured broker, and does not disturb a gateway that runs.
 */
export async function examine(env: Environment, { roots, unitFile }: Surroundings): Promise<readonly Finding[]> {
  const dataFolder = usableSettings(env).dataDir;
  const found = dataFolder === undefined ? undefined : await readEnrollment(dataFolder).catch(asFault);
  const enrollment = typeof found === 'string' ? undefined : found;
  const settings = usableSettings(enrolledSettings(env, enrollment));
  const account = gatherAccount();
  const accountName = account.name ?? `${account.uid}`;
  const dataDir = settings.dataDir ?? null;
  const [folder, health] = await Promise.all([
    gatherDataFolder(dataDir, accountName),
    gatherHealth(dataDir, settings.http ?? null),
  ]);
  const running = decideRunning(health);
  const noble = settings.noble ?? 'abandonware';
  // A running gateway writes its journal, so that what is read of it may be half a line.
  const journal = folder.state === 'there' && running === 'no' ? gatherJournal(folder.path) : null;
  const broker =
    settings.mqttUrl === undefined
      ? null
      : gatherBroker({
          url: settings.mqttUrl,
          gatewayId: settings.gatewayId ?? null,
          secret: settings.gatewaySecret ?? null,
          enrollment: enrollment ?? null,
          running,
        });
  const unit = { underSystemd: env['INVOCATION_ID'] !== undefined, unitFile };
  const [journalFacts, brokerFacts, clock, library, adapters, switches, rights, daemon] = await Promise.all([
    journal,
    broker,
    gatherClock(roots, settings.mqttUrl ?? null),
    gatherLibrary(noble, findLibrary(noble)),
    gatherAdapters(roots, settings.adapter ?? null),
    gatherSwitches(roots),
    gatherRights(roots, unit),
    gatherDaemon(roots),
  ]);
  return [
    ...decideConfiguration([...(typeof found === 'string' ? [found] : []), ...configurationFaults(env, enrollment)]),
    ...decideAccount(account),
    ...decideDataFolder(folder),
    ...decideDisk(folder),
    ...(journalFacts === null ? [] : decideJournal(journalFacts)),
    ...decideHealth(health),
    ...decideCertificate(enrollment === undefined ? null : certificateFacts(enrollment, Date.now())),
    ...decideBroker(brokerFacts),
    ...decideClock(clock),
    ...decideLibrary(library),
    ...decideAdapter(adapters),
    ...decideSwitch({ switches, adapter: chosenAdapter(adapters) }),
    ...decideRights(rights),
    ...decideDaemon(daemon),
  ];
}
