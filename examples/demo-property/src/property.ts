import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Client } from '@latchwork/client';
import { connectDirectory, directorySettings, startDirectory } from './directory.js';
import { type Doors, hciSocketIn, type Room, startDoors } from './doors.js';
import { inviteVisitor, sessionToken, setUpHousekeeper, setUpProperty, signInOwner } from './household.js';
import { openMemory } from './memory.js';
import { startPostRoom } from './post-room.js';
import { requireFreePort, requireNobodyAt, requireWritableFolder } from './preflight.js';
import { type Program, startProgram } from './programs.js';
import { untilOnline, untilReady } from './readiness.js';
import type { DemoSettings } from './settings.js';
import type { Terminal } from './terminal.js';

/** A property with everything running: locks on the air, portal, gateway, and two people signed in. */
export interface RunningProperty extends AsyncDisposable {
  readonly baseUrl: string;
  readonly propertyId: string;
  /** The file that holds who there is, with the passwords. */
  readonly memoryPath: string;
  readonly doors: Doors;
  readonly portal: Program;
  readonly gateway: Program;
  readonly owner: Client;
  /** Hanna, on the Portal app, with a key for room 101 alone. */
  readonly housekeeper: Client;
  entranceId(room: Room): string;
  /** Sends whoever watches the demo an invitation of their own. */
  inviteVisitor(): Promise<void>;
  /** Connects the organization to its directory; gives the integration, and a further session of the owner. */
  connectDirectory(): Promise<{ readonly integrationId: string; readonly token: string }>;
  /** A further session of the housekeeper, for a line that can be pasted into a terminal. */
  housekeeperToken(): Promise<string>;
}

/** What the property is started with. */
export interface PropertyOptions {
  readonly settings: DemoSettings;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

const require = createRequire(import.meta.url);

/** Starts the air with its locks, the portal and the gateway, and sets the property up where that is not done yet. */
export async function startProperty({ settings, terminal, signal }: PropertyOptions): Promise<RunningProperty> {
  for (const folder of [settings.dataDir, settings.locksDir]) requireWritableFolder(folder);
  await requireNobodyAt(hciSocketIn(settings.locksDir), settings.dataDir);
  await requireFreePort(settings.httpPort, 'LATCHWORK_HTTP_PORT');
  await requireFreePort(settings.mqttPort, 'LATCHWORK_MQTT_PORT');
  await requireFreePort(settings.gatewayPort, 'LATCHWORK_GATEWAY_HTTP_PORT');

  const started: AsyncDisposable[] = [];
  const use = <Part extends AsyncDisposable>(part: Part): Part => {
    started.push(part);
    return part;
  };
  const stopAll = async () => {
    for (let part = started.pop(); part !== undefined; part = started.pop()) await part[Symbol.asyncDispose]();
  };
  const onRestart = (name: string) => terminal.line(`the ${name} died; starting it again`);
  try {
    const baseUrl = `http://127.0.0.1:${settings.httpPort}`;
    const memory = openMemory(join(settings.dataDir, 'demo.json'));

    const doors = use(await startDoors(settings.locksDir));
    terminal.row('air', 'three simulated locks advertise: rooms 101, 102, 103');

    const postRoom = use(await startPostRoom(terminal, memory));
    const household = { baseUrl, memory, postRoom };
    const directory = use(await startDirectory());
    const portal = use(
      startProgram({
        name: 'portal',
        entry: require.resolve('@latchwork/portal/dist/main.js'),
        logFile: join(settings.dataDir, 'portal.log'),
        env: {
          LATCHWORK_DATA_DIR: settings.portalDir,
          LATCHWORK_HTTP_PORT: String(settings.httpPort),
          LATCHWORK_MQTT_PORT: String(settings.mqttPort),
          LATCHWORK_PUBLIC_URL: baseUrl,
          LATCHWORK_SMTP_URL: postRoom.smtpUrl,
          LATCHWORK_MAIL_FROM: 'Seaview <doors@seaview.example>',
          ...directorySettings(directory),
        },
        onRestart,
        signal,
      }),
    );
    await untilReady(portal, `${baseUrl}/readyz`, signal);
    terminal.row('portal', `${baseUrl} (OpenAPI: /openapi.json)`);

    const operatorKey = readFileSync(join(settings.portalDir, 'operator.key'), 'utf8').trim();
    const owner = await signInOwner(household, operatorKey);
    await setUpProperty(owner, doors, memory);
    const known = memory.read();

    const gateway = use(
      startProgram({
        name: 'gateway',
        entry: require.resolve('@latchwork/gateway/dist/main.js'),
        logFile: join(settings.dataDir, 'gateway.log'),
        env: {
          LATCHWORK_DATA_DIR: settings.gatewayDir,
          LATCHWORK_HTTP_PORT: String(settings.gatewayPort),
          LATCHWORK_MQTT_URL: `mqtt://127.0.0.1:${settings.mqttPort}`,
          LATCHWORK_ORGANIZATION_ID: known.organizationId ?? '',
          LATCHWORK_PROPERTY_ID: known.propertyId ?? '',
          LATCHWORK_GATEWAY_ID: known.gatewayId ?? '',
          LATCHWORK_GATEWAY_SECRET: known.gatewaySecret ?? '',
          // The unmodified Bluetooth library finds a virtual adapter where it looks for the system's socket.
          NODE_OPTIONS: `--require=${require.resolve('@latchwork/testing/preload')}`,
          LATCHWORK_HCI_SOCKET: doors.socketPath,
        },
        onRestart,
        signal,
      }),
    );
    await untilReady(gateway, `http://127.0.0.1:${settings.gatewayPort}/readyz`, signal);
    await untilOnline(owner, known.gatewayId ?? '', signal);
    terminal.row('gateway', 'online, its Bluetooth in a child process on a virtual adapter');

    return {
      baseUrl,
      propertyId: known.propertyId ?? '',
      memoryPath: join(settings.dataDir, 'demo.json'),
      doors,
      portal,
      gateway,
      owner,
      housekeeper: await setUpHousekeeper(owner, household),
      entranceId: (room) => memory.read().entrances?.[room] ?? '',
      inviteVisitor: () => inviteVisitor(owner, household),
      connectDirectory: async () => ({
        integrationId: await connectDirectory(owner, memory, directory),
        token: await sessionToken(baseUrl, memory.read().owner, 'dashboard'),
      }),
      housekeeperToken: () => sessionToken(baseUrl, memory.read().housekeeper, 'portal_app'),
      [Symbol.asyncDispose]: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
