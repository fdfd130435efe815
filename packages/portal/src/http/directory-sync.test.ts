import { expect, it } from 'vitest';
import { startDirectoryOffice } from '../harness/sample-directory.test-rig.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim_pull'] as const;

it.each(kinds)('S14, S16, S23, S28, S29: users of a %s directory are listed, chosen and invited', async (kind) => {
  await using at = await startDirectoryOffice({ kind, people: 7 });
  const review = await at.review();
  expect(review).toMatchObject({ state: 'ready', fault: null, counts: { new: 7, updated: 0, removed: 0 } });
  const rows = await at.rows(review.id);
  expect(rows.map(({ status }) => status)).toEqual(Array(7).fill('new'));
  const [first, second] = rows;
  const chosen = [first?.rowId ?? '', second?.rowId ?? ''];
  expect(await at.user(first?.email ?? '')).toBeUndefined();
  const run = await at.sync({ reviewId: review.id, select: { rows: 'some', rowIds: chosen } });
  expect(run).toMatchObject({ state: 'applied', trigger: 'manual', counts: { new: 2 } });
  const user = await at.user(first?.email ?? '');
  expect(user).toMatchObject({ state: 'inactive', role: 'member', licensed: true });
  expect(await at.user(rows[2]?.email ?? '')).toBeUndefined();
});
