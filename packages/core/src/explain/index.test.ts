import { expect, it } from 'vitest';

it('the public surface of core/explain', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "explain",
      "explainSignIn",
      "roleNames",
    ]
  `);
});
