const id = (prefix: string, number: number): string => `${prefix}_${String(number).padStart(26, '0')}`;

/** The property of every call. */
export const propertyId = id('prop', 1);

/** A page of entrances as the portal would list them. */
export const entrances = Array.from({ length: 20 }, (_, number) => ({
  id: id('ent', number),
  propertyId,
  name: `Room ${100 + number}`,
  createdAt: '2026-03-01T08:30:00.000Z',
}));

/** One of them. */
export const [entrance] = entrances;
