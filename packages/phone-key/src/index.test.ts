import { expect, it } from 'vitest';

it('the public surface of phone-key', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "PhoneKeyError",
      "createPhoneKey",
      "unlockWays",
    ]
  `);
});
