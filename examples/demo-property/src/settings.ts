import { join, resolve } from 'node:path';
import { CannotStart } from './preflight.js';

/** Where the demo lives: one data folder and three loopback ports. */
export interface DemoSettings {
  readonly dataDir: string;
  readonly portalDir: string;
  readonly gatewayDir: string;
  readonly locksDir: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly gatewayPort: number;
}

/** Reads the demo's settings; all have defaults. */
export function readSettings(environment: NodeJS.ProcessEnv): DemoSettings {
  const dataDir = resolve(environment['LATCHWORK_DATA_DIR'] ?? 'data');
  const port = (variable: string, fallback: number): number => {
    const text = environment[variable];
    const number = Number(text ?? fallback);
    if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
    throw new CannotStart(`${variable} is ${JSON.stringify(text)}, which is not a port (1 to 65535).`);
  };
  return {
    dataDir,
    portalDir: join(dataDir, 'portal'),
    gatewayDir: join(dataDir, 'gateway'),
    locksDir: join(dataDir, 'locks'),
    httpPort: port('LATCHWORK_HTTP_PORT', 8080),
    mqttPort: port('LATCHWORK_MQTT_PORT', 18_830),
    gatewayPort: port('LATCHWORK_GATEWAY_HTTP_PORT', 8081),
  };
}
