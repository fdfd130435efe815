import { expect, it } from 'vitest';

it('the public surface of directory', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "DirectoryError",
      "createFingerprints",
      "createGoogleSource",
      "createGraphSource",
      "createScimSource",
      "decodeFingerprints",
    ]
  `);
});
