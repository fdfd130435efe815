import { existsSync } from 'node:fs';
import { freePort } from '@latchwork/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkIn } from '../harness/collected-mails.test-rig.js';
import { startTestGoogle, type TestIdentityProvider } from '../harness/identity-provider.test-rig.js';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const program = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const isThere = existsSync(program);

describe.skipIf(!isThere)(`the pages, in Chromium (${program}${isThere ? '' : ' is missing'})`, () => {
  let test: TestPortal;
  let hotel: SampleHotel;
  let office: SampleOffice;
  let google: TestIdentityProvider;
  let browser: Browser;
  const folder = process.env['SCREENSHOTS'];

  beforeAll(async () => {
    // The provider has to know where it sends browsers back to before the portal has its port: the port is taken first.
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${port}`;
    google = await startTestGoogle(`${publicUrl}/sso/callback`);
    const signIn = { trustedProxies: [], returnUrls: [], providers: { google: google.registration } };
    test = await startTestPortal({ config: { publicUrl, http: { host: '127.0.0.1', port }, signIn } });
    hotel = await buildSampleHotel(test);
    office = await buildSampleOffice(test);
    browser = await chromium.launch({
      executablePath: program,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await test?.[Symbol.asyncDispose]();
    await google?.[Symbol.asyncDispose]();
  });

  const onPhone = { viewport: { width: 360, height: 720 } };
  let shots = 0;

  /** Opens a page of its own, and fails on whatever the page's policy blocked or its script threw. */
  async function open(url: string, options: Parameters<Browser['newPage']>[0] = onPhone) {
    const page = await browser.newPage(options);
    const faults: string[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(url);
    const shot = async (name: string) => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, `${name} fits its window`).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
      if (folder !== undefined) await page.screenshot({ path: `${folder}/${++shots}-${name}.png`, fullPage: true });
    };
    return { page, faults, shot };
  }

  async function invited(email: string): Promise<string> {
    const propertyId = hotel.property.id;
    await hotel.people.organization_owner.client.invitations.createForProperty({
      propertyId,
      emails: [email],
      role: 'team',
    });
    return linkIn(await test.mails.lastTo(email)).link;
  }

  const heading = async (page: Page) => (await page.locator('h1').textContent()) ?? '';

  it('G18: the link of the mail sets the account up, by keyboard alone and on a phone', async () => {
    const email = 'tina@aurora.example';
    const { page, faults, shot } = await open(await invited(email));
    await page.getByText('You have been invited to').waitFor();
    expect(await heading(page)).toBe(`Set up your account at ${hotel.organization.name}`);
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(email);
    expect(await page.locator('#properties').textContent()).toBe(`Team at ${hotel.property.name}`);
    await shot('set-up');

    await page.getByLabel('Your name').focus();
    await page.keyboard.type('Tina Team');
    await page.keyboard.press('Tab');
    await page.keyboard.type('sunshine1');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('anybody would guess');
    // Whoever cannot see the frame hears it: the field is marked, and where typing goes on.
    const password = page.getByLabel('Password', { exact: true });
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await password.evaluate((field) => field === document.activeElement)).toBe(true);
    await shot('too-common');

    await page.keyboard.press('Control+A');
    await page.keyboard.type(samplePassword);
    await page.keyboard.press('Enter');
    await page.getByText('open the Portal app').waitFor();
    expect(await heading(page)).toBe('Your account is set up');
    expect(page.url()).not.toContain('token');
    await shot('done');
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([]);
    await test.client().sessions.create({ email, password: samplePassword, channel: 'portal_app' });
  });

  it('a link that is used up says so, and what to do', async () => {
    const link = await invited('uwe@aurora.example');
    const token = link.split('token=')[1] ?? '';
    await test.client().accountSetups.complete({ token, name: 'Uwe', password: samplePassword });
    for (const url of [link, `${test.portal.httpUrl}/setup`]) {
      const { page, shot } = await open(url, { viewport: { width: 1280, height: 900 } });
      await page.getByText('Ask whoever invited you').waitFor();
      // What fits does not scroll.
      expect(await page.evaluate(() => document.scrollingElement?.scrollHeight)).toBeLessThanOrEqual(900);
      expect(await heading(page)).toBe('This link does not work any more');
      await shot('used-up');
    }
  });

  it('asks for the password that the address has already, and only for that', async () => {
    const { email } = hotel.people.team;
    await office.people.admin.client.users.invite({
      organizationId: office.organizationId,
      rows: [{ email, name: 'T' }],
    });
    const { page, shot } = await open(linkIn(await test.mails.lastTo(email)).link);
    await page.getByText('has an account on this portal already').waitFor();
    expect(await page.getByLabel('Your name').isVisible()).toBe(false);
    await page.getByLabel('Password', { exact: true }).fill('not this one');
    await page.getByRole('button', { name: 'Set up account' }).click();
    await page.getByText('not the password of your account').waitFor();
    await shot('existing');
    await page.getByLabel('Password', { exact: true }).fill(samplePassword);
    await page.getByRole('button', { name: 'Set up account' }).click();
    // S13: and then the booking app.
    const app = page.getByRole('link', { name: 'Get the booking app' });
    await app.waitFor();
    await shot('done-workplace');
    await app.click();
    expect(await heading(page)).toBe('The booking app');
  });

  it('S11: leads to Google when that is how the person signs in, and back', async () => {
    const email = office.address('gina');
    const rows = [{ email, name: 'Gina', signInMethod: 'sso_google' as const }];
    await office.people.admin.client.users.invite({ organizationId: office.organizationId, rows });
    google.person = { sub: 'gina-in-chromium', name: 'Gina' };
    const { page, faults, shot } = await open(linkIn(await test.mails.lastTo(email)).link);
    const next = page.getByRole('button', { name: 'Continue with Google' });
    await next.waitFor();
    expect(await page.getByLabel('Password', { exact: true }).isVisible()).toBe(false);
    await shot('google');
    await next.click();
    // The page before this one speaks of the Google account too.
    await page.getByRole('heading', { name: 'Your account is set up' }).waitFor();
    expect(await page.locator('main').textContent()).toContain('with your Google account');
    await shot('google-done');
    expect(faults).toEqual([]);
  });

  it('a forgotten password: asked for, mailed, set', async () => {
    const { email } = hotel.people.housekeeping;
    const asked = await open(`${test.portal.httpUrl}/password-reset`);
    await asked.page.getByLabel('E-mail address').fill(email);
    await asked.shot('forgotten');
    await asked.page.keyboard.press('Enter');
    await asked.page.getByText('a mail with a link is on its way').waitFor();
    await asked.shot('mailed');
    await test.portal.maintain();
    const { page, faults, shot } = await open(linkIn(await test.mails.lastTo(email)).link, {
      viewport: { width: 1100, height: 800 },
      colorScheme: 'dark',
    });
    await page.getByText('This sets how you sign in').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('four quite new words');
    await page.getByLabel('Show the password').check();
    await shot('set-password');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    expect(faults).toEqual([]);
    await test.client().sessions.create({ email, password: 'four quite new words', channel: 'portal_app' });
  });

  it('without JavaScript says what to do', async () => {
    const { page, shot } = await open(await invited('nora@aurora.example'), { ...onPhone, javaScriptEnabled: false });
    expect(await page.locator('main').textContent()).toContain('This page needs JavaScript');
    await shot('no-script');
  });
});
