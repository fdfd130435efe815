import { describe, expect, it } from 'vitest';
import { buildSampleHotel, giveKey, samplePassword } from './harness/sample-hotel.test-rig.js';
import { connectGateway } from './harness/scripted-gateway.test-rig.js';
import { startTestPortal } from './harness/test-portal.test-rig.js';
import { createLog } from './log.js';

describe('the log', () => {
  it('P-30: holds no token, password, secret or key of a whole day’s work, on any level', async () => {
    const test = await startTestPortal();
    const hotel = await buildSampleHotel(test);
    const { owner, housekeeping } = hotel.people;
    const { token: apiToken } = await hotel.people.organization_owner.client.apiKeys.create({
      organizationId: hotel.organization.id,
      name: 'PMS',
      scopes: ['read'],
    });
    await test.client(apiToken).me();
    const emails = ['new@example.com'];
    await owner.client.invitations.createForProperty({ propertyId: hotel.property.id, emails, role: 'team' });
    const { token: setupToken } = await test.mails.lastTo('new@example.com');
    await giveKey(test, hotel, housekeeping.id);
    const gateway = await connectGateway(hotel);
    const attempt = await housekeeping.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    await gateway.challenge(command, '00'.repeat(8));
    const commandToken = await gateway.next('token');
    await gateway.challenge(command, '11'.repeat(8));
    await gateway.next('token-refused');
    await gateway.publish('ack', `{"password":"${samplePassword}"}`);
    await gateway.report(command, {});
    await housekeeping.client.attempts.waitFor(attempt.id);
    const body = { email: owner.email, password: 'a wrong guess', channel: 'dashboard' };
    await test.send('POST', '/v1/sessions', { body });
    await test.send('GET', `/v1/me?token=${owner.token}`, { token: 'lws_made-up-token' });
    await gateway[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();

    const log = test.log.join('');
    expect(log).toContain('request answered');
    expect(log).toContain('token refused');
    const secrets = {
      operatorKey: test.portal.operatorKey.reveal(),
      sessionToken: owner.token,
      apiToken,
      setupToken,
      password: samplePassword,
      wrongPassword: 'a wrong guess',
      gatewaySecret: hotel.gateway.secret,
      commandToken: commandToken.token,
      madeUpToken: 'lws_made-up-token',
      email: owner.email,
    };
    for (const [name, secret] of Object.entries(secrets)) expect(log.includes(secret), name).toBe(false);
    for (const line of test.log) expect(JSON.parse(line).msg).toMatch(/^[a-z ]+$/);
  });

  it('leaves out the fields of an error, which may be the row that failed', () => {
    const lines: string[] = [];
    const log = createLog('info', { write: (line) => lines.push(line) });
    const cause = Object.assign(new Error('duplicate key'), {
      params: ['the-password-hash'],
      detail: 'the-password-hash',
    });
    log.error({ err: new Error('commit failed', { cause }), token: 'the-token' }, 'request failed');
    expect(lines.join('')).not.toMatch(/the-password-hash|the-token/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: { message: 'commit failed', cause: { message: 'duplicate key' } },
    });
  });
});
