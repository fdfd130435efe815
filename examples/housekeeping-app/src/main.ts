import { signIn } from './housekeeping-app.js';

/**
 * Signs somebody in, lists the doors, opens one; nothing has to be built first:
 * `LATCHWORK_URL=… LATCHWORK_APP_ID=… npx tsx --conditions=source examples/housekeeping-app/src/main.ts [door]`
 */
async function main(): Promise<void> {
  const { LATCHWORK_URL: portalUrl = 'http://127.0.0.1:8080', LATCHWORK_APP_ID: clientId } = process.env;
  if (clientId === undefined) throw new Error('LATCHWORK_APP_ID is missing: the id of the registered app.');
  const app = await signIn({ portalUrl, clientId }, (url) =>
    process.stdout.write(`Open in a browser:\n\n  ${url}\n\n`),
  );
  const doors = await app.doors();
  process.stdout.write(`Signed in as ${app.name}. Doors: ${doors.map(({ name }) => name).join(', ') || 'none'}\n`);
  const wanted = doors.find(({ name }) => name === process.argv[2]);
  if (wanted === undefined) return;
  const result = await app.open(wanted.id);
  process.stdout.write(`${wanted.name}: ${result.opened ? 'open' : `stays shut. ${result.explanation}`}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
