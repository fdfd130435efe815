// A raw mqtt.js client that answers each command with as many bytes: what a broker and the library allow.
import mqtt from 'mqtt';

const [url = '', from = '', to = ''] = process.argv.slice(2);
const client = await mqtt.connectAsync(url);
client.on('message', (_topic, payload) => {
  client.publish(to, payload, { qos: 1 });
});
await client.subscribeAsync(from, { qos: 0 });
process.on('disconnect', () => process.exit(0));
process.send?.({ type: 'ready' });
