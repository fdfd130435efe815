/** Every way a request can come in (G33, S1). Closed: a new way in is a new decision about who may use it. */
export const channels = [
  'portal_app',
  'integrated_app',
  'dashboard',
  'mobile_app',
  'web_reservation_portal',
  'api',
  'pms',
  'gateway_local',
  'keypad',
  'card',
  'ble',
] as const;

/** The way a request came in; stands on every attempt and every event. */
export type Channel = (typeof channels)[number];
