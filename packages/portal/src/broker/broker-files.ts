import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { checkSealing, createSealer } from '../access/sealer.js';
import { systemClock } from '../clock.js';
import { createClosingStack } from '../closing-stack.js';
import type { PortalConfig } from '../config.js';
import { holdDataDir, makeFolder } from '../data-dir.js';
import { createIdentifiers } from '../identifiers.js';
import type { Log } from '../log.js';
import { openLedger } from '../open-ledger.js';
import { PortalError } from '../portal-error.js';
import { openConfiguredStore } from '../store/open-store.js';
import { createBrokerAuthority } from './broker-authority.js';
import {
  bridgeUser,
  mosquittoBridge,
  mosquittoConfiguration,
  mosquittoFileNames,
  mosquittoPermissions,
} from './mosquitto-files.js';

/** For which broker the files are. */
export interface BrokerFilesOptions {
  readonly folder: string;
  /** Host name or address that gateways and the portal connect to. */
  readonly host: string;
  readonly port: number;
  /** The portal's own broker, where this one is near gateways and a bridge to it. */
  readonly bridgeTo?: { readonly host: string; readonly port: number };
}

/**
 * Reads what follows `--broker-files`: the folder, where the broker will be, such as `mqtt.example.com:8883`, and where the
 * portal's is to which it is a bridge, if it is.
 *
 * @throws PortalError `config`
 */
export function brokerFilesOptions([folder, place = '', bridge]: readonly string[]): BrokerFilesOptions {
  const at = placeOf(place);
  const bridgeTo = bridge === undefined ? undefined : placeOf(bridge);
  if (folder === undefined || at === undefined || (bridge !== undefined && bridgeTo === undefined)) {
    throw new PortalError({ code: 'config', faults: ['--broker-files needs a folder, and a host with its port'] });
  }
  return { folder, ...at, ...(bridgeTo === undefined ? {} : { bridgeTo }) };
}

function placeOf(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, host, port] = /^(\[[0-9a-f:]+\]|[0-9A-Za-z.-]+):(\d{1,5})$/.exec(text) ?? [];
  const isPort = Number(port) > 0 && Number(port) < 65_536;
  return host === undefined || !isPort ? undefined : { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

const defaultPortalUser = 'latchwork-portal';

/**
 * Writes everything that a mosquitto needs to serve this installation's gateways: its configuration, permissions,
 * certificate and key, who certifies gateways and which of them not to believe. The portal must not be running on the same
 * data directory.
 *
 * @throws PortalError `folder-unusable`, or when the data directory or the store cannot be had.
 */
export async function writeBrokerFiles(config: PortalConfig, options: BrokerFilesOptions, log: Log): Promise<string> {
  const running = createClosingStack();
  try {
    const dataDir = running.use(holdDataDir(config.dataDir));
    const sealingKey = config.sealingKey ?? dataDir.secret('sealing.key', () => randomBytes(32).toString('hex'));
    const store = running.use(
      await openConfiguredStore({ dataDir: dataDir.path, databaseUrl: config.databaseUrl, log }),
    );
    const sealer = createSealer(createNodeCrypto(), sealingKey);
    await checkSealing(store, sealer);
    const parts = { store, clock: systemClock, identifiers: createIdentifiers(), log };
    const { ledger, projection } = running.use(await openLedger({ ...parts, measureCommit: () => () => undefined }));
    const authority = createBrokerAuthority({ projection, ledger, sealer, clock: systemClock });
    const server = await authority.certifyOwn(options.host, [options.host]);
    const folder = resolve(options.folder);
    const { bridgeTo } = options;
    const bridge = bridgeTo && (await authority.certifyOwn(bridgeUser));
    const files: Partial<Record<keyof typeof mosquittoFileNames, string>> = {
      configuration:
        mosquittoConfiguration({ port: options.port, folder }) +
        (bridgeTo === undefined ? '' : mosquittoBridge({ ...bridgeTo, folder })),
      permissions: mosquittoPermissions(config.broker?.username ?? defaultPortalUser),
      authority: await authority.certificate(),
      revocations: await authority.revocationList(),
      certificate: server.certificate,
      privateKey: server.privateKey,
      ...(bridge && { bridgeCertificate: bridge.certificate, bridgePrivateKey: bridge.privateKey }),
    };
    try {
      makeFolder(folder, 0o755);
      for (const [name, text] of Object.entries(files) as [keyof typeof mosquittoFileNames, string][]) {
        const mode = name === 'privateKey' || name === 'bridgePrivateKey' ? 0o600 : 0o644;
        await writeFile(join(folder, mosquittoFileNames[name]), text, { mode });
      }
    } catch (cause) {
      const { code = 'unknown' } = cause as NodeJS.ErrnoException;
      throw new PortalError({ code: 'folder-unusable', path: folder, cause: code }, { cause });
    }
    return folder;
  } finally {
    await running[Symbol.asyncDispose]();
  }
}
