import { readFileSync } from 'node:fs';
import { createClient } from '@latchwork/client';
import { inviteTeam, stillAway } from './invite-team.js';
import { parseTeamList } from './team-list.js';

/**
 * Checks a list and, with `--send`, invites everybody on it; nothing has to be built first:
 * `LATCHWORK_TOKEN=… LATCHWORK_ORGANIZATION_ID=… npx tsx --conditions=source examples/invite-team/src/main.ts list.txt [--send]`
 */
async function main(): Promise<void> {
  const { LATCHWORK_URL: baseUrl = 'http://127.0.0.1:8080', LATCHWORK_TOKEN, LATCHWORK_ORGANIZATION_ID } = process.env;
  const [file] = process.argv.slice(2);
  if (LATCHWORK_TOKEN === undefined) throw new Error('LATCHWORK_TOKEN is missing: a session token or an API key.');
  if (LATCHWORK_ORGANIZATION_ID === undefined) throw new Error('LATCHWORK_ORGANIZATION_ID is missing.');
  if (file === undefined) throw new Error('Name the file with the list.');
  const client = createClient({ baseUrl, token: LATCHWORK_TOKEN });
  const dryRun = !process.argv.includes('--send');
  const organizationId = LATCHWORK_ORGANIZATION_ID;
  const outcome = await inviteTeam(client, parseTeamList(readFileSync(file, 'utf8')), { organizationId, dryRun });
  const say = (line: string) => process.stdout.write(`${line}\n`);
  if ('refused' in outcome) {
    say('Nobody was invited:');
    outcome.refused.forEach(say);
    process.exitCode = 1;
    return;
  }
  outcome.warnings.forEach(say);
  if (dryRun) {
    say('The list is fine. With --send everybody on it is invited.');
    return;
  }
  say(`Invited: ${outcome.invited.join(', ')}`);
  for (const line of await stillAway(client, organizationId)) say(line);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
