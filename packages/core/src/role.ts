/** The roles of the `hospitality` scheme that a member holds on one property (G16, G24–G35). */
export const hospitalityRoles = ['owner', 'general_manager', 'team', 'housekeeping', 'installer'] as const;

/** A role on one property. The Organization Owner is a flag on the membership, not a role (G9). */
export type HospitalityRole = (typeof hospitalityRoles)[number];

/** The columns of the hospitality matrix: the Organization Owner flag, then the roles, from most to least. */
export const hospitalityStandings = ['organization_owner', ...hospitalityRoles] as const;

/** Where a member stands towards one property: by the Organization Owner flag, or by the role assigned there. */
export type HospitalityStanding = (typeof hospitalityStandings)[number];

/** The roles of the `workplace` scheme (S6–S8). */
export const workplaceRoles = ['admin', 'coordinator', 'member'] as const;

/** A role in the workplace scheme; it holds for the whole organization. */
export type WorkplaceRole = (typeof workplaceRoles)[number];

/** A closed set of roles with its matrix. An organization switches on one or both; no role of one implies one of the other. */
export type RoleScheme = 'hospitality' | 'workplace';
