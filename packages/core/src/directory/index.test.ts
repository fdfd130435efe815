import { expect, it } from 'vitest';

it('the public surface of core/directory', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "automaticPart",
      "conflictReasons",
      "defaultSignInMethod",
      "directoryKinds",
      "linkChangesOf",
      "mergeSightings",
      "planSync",
      "profileAfter",
      "profileFields",
      "selectRows",
      "skipReasons",
      "summarizeSync",
      "syncStatuses",
      "syncStepsOf",
    ]
  `);
});
