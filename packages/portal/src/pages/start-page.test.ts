import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { buildSampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal } from '../harness/test-portal.test-rig.js';

it('the address of the portal says what it is and where to go on, and nothing about whom it serves', async () => {
  await using test = await startTestPortal();
  const hotel = await buildSampleHotel(test);
  const response = await test.send('GET', '/');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  const page = await response.text();
  expect(page).toContain(manifest.version);
  const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, path]) => `/${path}`);
  expect(links).toEqual(['/openapi.json', '/healthz']);
  for (const path of links) expect((await test.send('GET', path)).status).toBe(200);
  expect(page).not.toContain(hotel.organization.name);
});
