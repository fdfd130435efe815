/**
 * The notes at the cells of both matrices: what the source left open → what was decided. A test proves them equal to the
 * requirements, word for word.
 */
export const matrixNotes: Readonly<Record<string, string>> = {
  1: '"Owner … Full access to **all properties** and users" (G43) against "Assigned Property" (G10): all of the organization, or all assigned? → property Owner = assigned; Organization Owner = all.',
  2: '"Can manage all team members, including Owners" (G25): includes Organization Owners? → no, a lower scope never manages a higher scope.',
  3: 'leaving by oneself: silent → allowed through a separate `leave` (not a role operation) except last owner.',
  4: '"all tabs" (G28) includes Teams and audit → read-only; a property may hide audit from Team.',
  5: 'Installer and dashboard: G34 "Limited access to devices", newer page "via the Tryportal app" → app only; dashboard deny.',
  6: "reading another guest's doorcode equals holding the key → masked for Team unless own; reveal is an audited action.",
  7: 'installing in practice creates a door in the Staff App, yet spaces are not in G35 → Installer picks an existing space.',
  8: '"devices" might include settings → deny; least privilege (G48).',
  9: 'newer help says staff add keycards in the Staff App; G35 names the Installer → Team ✘, may assign existing unused cards.',
  10: 'a Team user minting a key for himself or a friend on any door: allowed by the words of G30 → allowed for guests within a property-set door range and maximum length; self-keys need a GM/Owner.',
  11: 'see G31: creator or holder; PMS-created guest keys.',
  12: 'an Installer with a key (e.g. lives in house) → the key decides, not the role; integrated app ✘ by default.',
  13: 'the conflict G33 vs C7.',
  14: 'remote unlock by Team is not forbidden anywhere; property toggle "Remote Unlock" decides.',
  15: 'Emergencies: Owner without key must be able to open → break-glass, never a silent power.',
  16: 'GM managing GMs: words allow; strict mode `peerManagement:false`.',
  a: 'S39 names only the two booking channels.',
  b: 'S6/S7 do not mention the mobile app for Admin/Coordinator.',
  c: 'a Coordinator who books for others needs a people picker → names of licensed users only.',
  d: 'may an Admin make another Admin? "full access" → yes.',
  e: 'a permanent desk could be "workspace reservation" → kept with Admin.',
};
