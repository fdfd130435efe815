import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@latchwork/client';
import { startMailCatcher } from '@latchwork/testing';
import { build } from 'esbuild';
import type { Seed } from './work.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** A server under measurement, in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
}

/** Starts the built portal on an embedded database and signs a member in; the seed tells the others of the same tenant. */
export async function startPortal(folder: string): Promise<{ readonly portal: Contender; readonly seed: Seed }> {
  await using mails = await startMailCatcher();
  const dataDir = join(folder, 'portal');
  const child = spawn(process.execPath, [join(root, 'packages/portal/dist/main.js')], {
    env: {
      PATH: process.env['PATH'],
      LATCHWORK_DATA_DIR: dataDir,
      LATCHWORK_HTTP_PORT: '0',
      LATCHWORK_MQTT_PORT: '0',
      LATCHWORK_SMTP_URL: mails.url,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const baseUrl = await new Promise<string>((resolve, reject) => {
    let log = '';
    child.stdout.on('data', (bytes: Buffer) => {
      log = (log + bytes.toString()).slice(-10_000);
      const httpUrl = /"httpUrl":"([^"]+)".*"portal ready"/.exec(log)?.[1];
      if (httpUrl !== undefined) resolve(httpUrl);
    });
    child.once('exit', () => reject(new Error(`the portal ended: ${log}`)));
  });
  const operator = createClient({ baseUrl, token: readFileSync(join(dataDir, 'operator.key'), 'utf8').trim() });
  const owner = { name: 'Ana', email: 'ana@bench.example' };
  const { organization, owner: member } = await operator.organizations.create({ name: 'Bench', owner });
  const { links } = await mails.waitFor(({ recipients }) => recipients.includes(owner.email));
  const token = links.flatMap((link) => /#token=(.+)$/.exec(link)?.[1] ?? [])[0] ?? '';
  const visitor = createClient({ baseUrl });
  const password = 'nine quiet harbours at dawn';
  await visitor.accountSetups.complete({ token, password });
  const signedIn = await visitor.sessions.create({ email: owner.email, password, channel: 'portal_app' });
  const app = createClient({ baseUrl, token: signedIn.token });
  const where = { organizationId: organization.id, name: 'Sea View', timeZone: 'Europe/Lisbon' };
  const { id: propertyId } = await app.properties.create(where);
  const entrance = await app.entrances.create({ propertyId, name: 'Room 101' });
  return {
    portal: { name: 'the portal', port: Number(new URL(baseUrl).port), process: child },
    seed: {
      dataDir: join(folder, 'other'),
      token: signedIn.token,
      membership: {
        memberId: member.id,
        organizationId: organization.id,
        state: 'active',
        organizationOwner: true,
        assignments: [],
      },
      propertyId,
      entrance,
    },
  };
}

/** Bundles a server of this folder as the portal is bundled, and starts it with the seed. */
export async function startOther(name: string, entry: string, seed: Seed): Promise<Contender> {
  const outfile = join(root, 'tools/bench/dist/portal', `${entry}.js`);
  await build({
    entryPoints: [fileURLToPath(new URL(`${entry}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['source'],
    external: ['@electric-sql/pglite', '@electric-sql/pglite/*'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  cpSync(join(root, 'packages/portal/src/migrations'), join(root, 'tools/bench/dist/portal/migrations'), {
    recursive: true,
  });
  const child = fork(outfile, [], { execArgv: [] });
  child.send({ ...seed, dataDir: `${seed.dataDir}-${entry}` });
  const [port] = (await once(child, 'message')) as [number];
  return { name, port, process: child };
}
