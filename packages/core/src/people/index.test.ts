import { expect, it } from 'vitest';

it('the public surface of core/people', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "canGrant",
      "decideGrant",
      "decidePeople",
      "decideSignIn",
      "directoryProviders",
      "featurePlans",
      "grantCeiling",
      "holdsLicense",
      "isEmailKey",
      "isManagedByAdmins",
      "isTop",
      "licenseUsage",
      "planActionIn",
      "planAllowsMethod",
      "planFeatures",
      "planIncludes",
      "reviewAccess",
      "sawMember",
      "seesMember",
      "seesProperty",
      "signInChannels",
      "suggestEmail",
      "suggestRole",
      "toEmailKey",
      "whoCouldIn",
    ]
  `);
});
