import { afterEach, describe, expect, it } from 'vitest';
import { buildSampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
afterEach(async () => await test[Symbol.asyncDispose]());

describe('the mail of an invitation', () => {
  it('G18: carries a link that sets the account up, once', async () => {
    test = await startTestPortal();
    const operator = test.client(test.portal.operatorKey.reveal());
    await operator.organizations.create({ name: 'Aurora', owner: { name: 'Olga', email: 'olga@aurora.example' } });
    const mail = await test.mails.lastTo('olga@aurora.example');
    expect(mail.link).toBe(`http://portal.test/setup#token=${mail.token}`);
    await test.client().accountSetups.complete({ token: mail.token, password: samplePassword });
    await expect(
      test.client().accountSetups.complete({ token: mail.token, password: samplePassword }),
    ).rejects.toMatchObject({ info: { code: 'setup-token-invalid' } });
    expect(await test.mails.all()).toHaveLength(1);
  });

  it('G17: one per invitation, and none for a refused one', async () => {
    test = await startTestPortal();
    const { people, property } = await buildSampleHotel(test);
    const before = (await test.mails.all()).length;
    expect(before).toBe(Object.keys(people).length);
    const refused = { propertyId: property.id, name: 'Olaf', email: 'olaf@aurora.example', role: 'owner' } as const;
    await expect(people.general_manager.client.members.create(refused)).rejects.toThrow();
    expect(await test.mails.all()).toHaveLength(before);
  });
});
