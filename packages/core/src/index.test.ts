import { expect, it } from 'vitest';

it('the public surface of core', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "CoreError",
      "applyMembership",
      "applyProperty",
      "channels",
      "createPermissionModel",
      "decidePermission",
      "decideUnlock",
      "encodeId",
      "endOfTime",
      "formatLocal",
      "hospitalityMatrix",
      "hospitalityRoles",
      "hospitalityStandings",
      "idPrefixes",
      "isId",
      "isTimeZone",
      "isWithinSchedule",
      "lockModes",
      "membershipStates",
      "nextClosing",
      "nextOpening",
      "organizationActions",
      "organizationKinds",
      "parseAccessSchedule",
      "parseId",
      "plans",
      "removeProperty",
      "signInMethods",
      "toInstant",
      "workplaceMatrix",
      "workplaceRoles",
    ]
  `);
});
