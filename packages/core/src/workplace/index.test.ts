import { expect, it } from 'vitest';

it('the public surface of core/workplace', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toMatchInlineSnapshot(`
    [
      "bookingChannels",
      "countOccupancy",
      "datesBetween",
      "decideReservation",
      "decideWorkplace",
      "explainWorkplace",
      "isLicenseActive",
      "isSubscriptionLapsed",
      "isWorkplaceAction",
      "localDay",
      "longestOccupancyDays",
      "longestReservationMs",
      "overlaps",
      "reservationStartGraceMs",
      "workplaceChannels",
    ]
  `);
});
