import { createClient } from '@latchwork/client';
import { connectAsync } from 'mqtt';
import { bridgeConnection, runBridge } from './bridge.js';

/** What the program is told by its environment. */
function setting(name: string, otherwise?: string): string {
  const value = process.env[name] ?? otherwise;
  if (value === undefined || value === '') throw new Error(`${name} is missing.`);
  return value;
}

/** `npx tsx src/main.ts`: shows the property's locks to Home Assistant until it is ended. */
async function main(): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const prefix = setting('LATCHWORK_TOPIC_PREFIX', 'latchwork');
  const propertyId = setting('LATCHWORK_PROPERTY_ID');
  const broker = await connectAsync(setting('MQTT_URL'), {
    ...{ username: setting('MQTT_USERNAME', 'latchwork'), password: setting('MQTT_PASSWORD', 'none') },
    ...bridgeConnection({ prefix, propertyId }),
  });
  await runBridge({
    client: createClient({ baseUrl: setting('LATCHWORK_URL'), token: setting('LATCHWORK_API_KEY') }),
    ...{ propertyId, broker, prefix, discoveryPrefix: setting('HOME_ASSISTANT_DISCOVERY_PREFIX', 'homeassistant') },
    log: (fact) => process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...fact })}\n`),
    signal: stopping.signal,
  });
  await broker.endAsync();
}

await main();
