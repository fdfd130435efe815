import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@latchwork/client';
import { type MailCatcher, type StartedProgram, startMailCatcher, startProgram } from '@latchwork/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inviteTeam, stillAway } from './invite-team.js';
import { parseTeamList } from './team-list.js';

const require = createRequire(import.meta.url);
const entry = require.resolve('@latchwork/portal/dist/main.js');
const password = 'correct horse battery staple';
const folder = mkdtempSync(join(tmpdir(), 'latchwork-invite-'));
let mails: MailCatcher;
let portal: StartedProgram;
let owner: Client;
let organizationId: string;

beforeAll(async () => {
  mails = await startMailCatcher();
  const env = {
    LATCHWORK_DATA_DIR: folder,
    LATCHWORK_HTTP_PORT: '0',
    LATCHWORK_MQTT_PORT: '0',
    LATCHWORK_SMTP_URL: mails.url,
  };
  portal = await startProgram({ entry, readyLine: 'portal ready', env });
  const baseUrl = portal.said('httpUrl');
  const operator = createClient({ baseUrl, token: readFileSync(join(folder, 'operator.key'), 'utf8').trim() });
  const email = 'olivia@dunes.example';
  const made = await operator.organizations.create({ name: 'Dunes', owner: { email } });
  organizationId = made.organization.id;
  owner = await accept(email);
  for (const name of ['North', 'South']) {
    await owner.properties.create({ organizationId, name, timeZone: 'Europe/Amsterdam' });
  }
});
afterAll(async () => {
  await portal?.[Symbol.asyncDispose]();
  await mails?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Does what a person does with the mail of an invitation. */
async function accept(email: string): Promise<Client> {
  const mail = await mails.waitFor(({ recipients }) => recipients.includes(email));
  const link = new URL(mail.links.find((each) => each.includes('#token=')) ?? '');
  const baseUrl = portal.said('httpUrl');
  const anybody = createClient({ baseUrl });
  await anybody.accountSetups.complete({ token: link.hash.replace('#token=', ''), name: 'Somebody', password });
  const { token } = await anybody.sessions.create({ email, password, channel: 'portal_app' });
  return createClient({ baseUrl, token });
}

const list = `
# the season's team
tess@dunes.example, North = team, South = housekeeping
ines@gmial.com, South = installer
`;

it('G11, G51: a list is checked as a whole, with what looks mistyped, before anybody is mailed', async () => {
  const lines = parseTeamList(list);
  const checked = await inviteTeam(owner, lines, { organizationId, dryRun: true });
  expect(checked).toEqual({ invited: [], warnings: ['ines@gmial.com: address-looks-mistyped'] });

  const wrong = parseTeamList(`${list}not an address, North = team\nolivia@dunes.example, North = team`);
  expect(await inviteTeam(owner, wrong, { organizationId })).toEqual({
    refused: [expect.stringMatching(/^not an address: /), expect.stringMatching(/^olivia@dunes.example: /)],
  });
  const nowhere = parseTeamList('tess@dunes.example, West = team');
  expect(await inviteTeam(owner, nowhere, { organizationId })).toEqual({
    refused: ['tess@dunes.example: no property "West"'],
  });
  expect(mails.mails.map(({ recipients }) => recipients)).toEqual([['olivia@dunes.example']]);
});

it('G2, G18, G52: everybody gets one mail for all their properties; who has not come stays on the list', async () => {
  const lines = parseTeamList(list.replace('gmial', 'gmail'));
  const sent = await inviteTeam(owner, lines, { organizationId });
  expect(sent).toEqual({ invited: ['tess@dunes.example', 'ines@gmail.com'], warnings: [] });
  const tess = await accept('tess@dunes.example');
  const { member } = await tess.me();
  expect(member.assignments.map(({ role }) => role).sort()).toEqual(['housekeeping', 'team']);
  await mails.waitFor(({ recipients }) => recipients.includes('ines@gmail.com'));
  const away = await stillAway(owner, organizationId);
  expect(away).toEqual([expect.stringMatching(/^ines@gmail\.com: mail /)]);
  const toTess = mails.mails.filter(({ recipients }) => recipients.includes('tess@dunes.example'));
  expect(toTess).toHaveLength(1);
});

it('a line that cannot be read is named', () => {
  expect(() => parseTeamList('a@b.example, North = boss')).toThrow('Line 1: "North = boss"');
  expect(() => parseTeamList('\na@b.example, North')).toThrow('Line 2: "North"');
});
