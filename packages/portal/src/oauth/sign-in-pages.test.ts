import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { appRequest, exchangeCode, registerApp } from '../harness/third-party-app.test-rig.js';

const program = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const isThere = existsSync(program);

async function portOf(server: { listen(port: number, host: string, done: () => void): unknown; address(): unknown }) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { readonly port: number }).port;
}

describe.skipIf(!isThere)(`an app's sign-in, in Chromium (${program}${isThere ? '' : ' is missing'})`, () => {
  let test: TestPortal;
  let hotel: SampleHotel;
  let browser: Browser;
  let publicUrl: string;
  const appServer = createServer((_, response) => response.end('<h1>Back in the app</h1>'));

  beforeAll(async () => {
    const probe = createSocketServer();
    const port = await portOf(probe);
    await new Promise((resolve) => probe.close(resolve));
    publicUrl = `http://127.0.0.1:${port}`;
    test = await startTestPortal({ config: { publicUrl, http: { host: '127.0.0.1', port } } });
    hotel = await buildSampleHotel(test);
    browser = await chromium.launch({
      executablePath: program,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    appServer.close();
    await test?.[Symbol.asyncDispose]();
  });

  it('C7: a housekeeper signs in on her phone and comes back to the app; the page’s policy stands in no one’s way', async () => {
    const owner = hotel.people.organization_owner.client;
    const registered = { redirectUris: ['http://127.0.0.1/signed-in'] };
    const app = await registerApp(owner, hotel.organization.id, registered);
    await owner.integratedApps.allow({ propertyId: hotel.property.id, appId: app.id });
    // Any port may be used on the loopback interface (RFC 8252 §7.3).
    const redirectUri = `http://127.0.0.1:${await portOf(appServer)}/signed-in`;
    const request = appRequest(app, { redirect_uri: redirectUri });

    const page = await browser.newPage({ viewport: { width: 360, height: 720 } });
    const faults: string[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(String(error)));
    const fits = async () => await page.evaluate(() => document.documentElement.scrollWidth <= 360);

    await page.goto(request.url.replace('http://portal.test', publicUrl));
    expect(await page.locator('h1').textContent()).toBe('Sign in');
    expect(await fits()).toBe(true);
    await page.getByLabel('E-mail address').fill(hotel.people.housekeeping.email);
    await page.getByLabel('Password').fill('not her password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    const password = page.getByLabel('Password');
    expect(await password.inputValue()).toBe('');
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(hotel.people.housekeeping.email);
    await password.fill(samplePassword);
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: 'Let Doors & More act for you?' }).waitFor();
    expect(await fits()).toBe(true);
    await page.getByRole('group', { name: 'On which property?' }).getByLabel('Hotel Aurora').check();
    await page.getByRole('button', { name: 'Agree' }).click();
    await page.getByRole('heading', { name: 'Back in the app' }).waitFor();

    const back = new URL(page.url());
    expect(back.searchParams.get('state')).toBe(request.state);
    expect(back.searchParams.get('iss')).toBe(publicUrl);
    const code = back.searchParams.get('code') ?? '';
    const { status } = await exchangeCode(test, { ...app, redirectUri }, code, request.verifier);
    expect(status).toBe(200);
    // The wrong password is answered with 401, which browsers report.
    expect(faults.filter((fault) => !fault.includes('401'))).toEqual([]);
    await page.close();
  });
});
