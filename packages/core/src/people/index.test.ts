import { expect, it } from 'vitest';

it('the public surface of core/people', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "canGrant",
      "decideGrant",
      "decidePeople",
      "decideSignIn",
      "featurePlans",
      "grantCeiling",
      "isEmailKey",
      "licenseUsage",
      "planActionIn",
      "planAllowsMethod",
      "planFeatures",
      "planIncludes",
      "reviewAccess",
      "seesMember",
      "seesProperty",
      "signInChannels",
      "suggestEmail",
      "suggestRole",
      "toEmailKey",
    ]
  `);
});
