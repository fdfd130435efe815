import { randomBytes } from 'node:crypto';
import { type Client, createClient, LatchworkError } from '@latchwork/client';
import { type Doors, rooms } from './doors.js';
import type { DemoPerson, MemoryFile } from './memory.js';
import { CannotStart } from './preflight.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const newPassword = () => randomBytes(18).toString('base64url');

/** Signs the owner in, signing the organization up first where the demo starts for the first time. */
export async function signInOwner(baseUrl: string, operatorKey: string, memory: MemoryFile): Promise<Client> {
  if (memory.read().owner?.isSetUp !== true) {
    const operator = createClient({ baseUrl, token: operatorKey });
    const email = 'olivia@seaview.example';
    const made = await operator.organizations.create(
      { name: 'Seaview', owner: { name: 'Olivia Owner', email } },
      { idempotencyKey: 'demo-organization' },
    );
    // Remembered before the portal takes it: a demo that dies in between finds the same password again.
    const owner = memory.read().owner ?? { email, password: newPassword() };
    memory.merge({ organizationId: made.organization.id, owner });
    await setUpAccount(baseUrl, made.setupToken, owner);
    memory.merge({ owner: { ...owner, isSetUp: true } });
  }
  return createClient({ baseUrl, token: await sessionToken(baseUrl, memory.read().owner, 'dashboard') });
}

async function setUpAccount(baseUrl: string, token: string, person: DemoPerson): Promise<void> {
  try {
    await createClient({ baseUrl }).accountSetups.complete({ token, password: person.password });
  } catch (error) {
    // Used up already: by this demo before it died, and then signing in shows that the password is the right one.
    if (!(error instanceof LatchworkError && error.info.code === 'setup-token-invalid')) throw error;
  }
}

// #region sign-in
/** Signs a person in on a channel; the answer is the bearer token of the session. */
export async function sessionToken(
  baseUrl: string,
  person: DemoPerson | undefined,
  channel: 'dashboard' | 'portal_app',
): Promise<string> {
  try {
    const { email = '', password = '' } = person ?? {};
    return (await createClient({ baseUrl }).sessions.create({ email, password, channel })).token;
  } catch (cause) {
    if (!(cause instanceof LatchworkError && cause.info.code === 'sign-in-failed')) throw cause;
    throw new CannotStart('the demo has lost the passwords it made up; remove the data folder to start anew.', {
      cause,
    });
  }
}

// #endregion

/** Signs the housekeeper in on the Portal app, giving her an account and a key for room 101 where she has none yet. */
export async function setUpHousekeeper(owner: Client, baseUrl: string, memory: MemoryFile): Promise<Client> {
  const propertyId = memory.read().propertyId ?? '';
  if (memory.read().housekeeper?.isSetUp !== true) {
    const email = 'hanna@seaview.example';
    const made = await owner.members.create(
      { propertyId, name: 'Hanna Housekeeper', email, role: 'housekeeping' },
      { idempotencyKey: 'demo-housekeeper' },
    );
    const housekeeper = memory.read().housekeeper ?? { id: made.member.id, email, password: newPassword() };
    memory.merge({ housekeeper });
    await setUpAccount(baseUrl, made.setupToken, housekeeper);
    memory.merge({ housekeeper: { ...housekeeper, isSetUp: true } });
  }
  if (memory.read().keyId === undefined) {
    const key = await owner.keys.create(
      {
        propertyId,
        holderId: memory.read().housekeeper?.id ?? '',
        entranceIds: [memory.read().entrances?.['101'] ?? ''],
        startsAt: '2026-01-01T00:00:00.000Z',
        endsAt: null,
      },
      { idempotencyKey: 'demo-key' },
    );
    memory.merge({ keyId: key.id });
  }
  const token = await sessionToken(baseUrl, memory.read().housekeeper, 'portal_app');
  return createClient({ baseUrl, token });
}

/** Sets up what is not there yet: a property in Lisbon, an entrance and a lock per room, a gateway. */
export async function setUpProperty(owner: Client, doors: Doors, memory: MemoryFile): Promise<void> {
  const organizationId = memory.read().organizationId ?? '';
  if (memory.read().propertyId === undefined) {
    const property = await owner.properties.create(
      { organizationId, name: 'Seaview Lisbon', timeZone: 'Europe/Lisbon' },
      { idempotencyKey: 'demo-property' },
    );
    memory.merge({ propertyId: property.id });
  }
  const propertyId = memory.read().propertyId ?? '';
  const { lockTrust } = await owner.properties.get({ propertyId });
  await doors.commission(lockTrust);

  for (const room of rooms) {
    if (memory.read().entrances?.[room] !== undefined) continue;
    const entrance = await owner.entrances.create(
      { propertyId, name: `Room ${room}` },
      { idempotencyKey: `demo-entrance-${room}` },
    );
    const lock = doors.lock(room);
    await owner.devices.create(
      {
        propertyId,
        kind: 'lock',
        name: `Lock ${room}`,
        entranceId: entrance.id,
        tag: hex(lock.tag),
        publicKey: hex(lock.publicKey),
        identityPublicKey: hex(lock.identityPublicKey),
      },
      { idempotencyKey: `demo-lock-${room}` },
    );
    memory.merge({ entrances: { ...memory.read().entrances, [room]: entrance.id } });
  }
  const { data: devices } = await owner.devices.list({ propertyId });
  if (rooms.some((room) => !devices.some(({ tag }) => tag === hex(doors.lock(room).tag)))) {
    throw new CannotStart(
      'the simulated locks are not those that the portal knows; remove the data folder to start anew.',
    );
  }
  if (memory.read().gatewayId === undefined) {
    const { gateway, secret } = await owner.gateways.create(
      { propertyId, name: 'Reception' },
      { idempotencyKey: 'demo-gateway' },
    );
    memory.merge({ gatewayId: gateway.id, gatewaySecret: secret });
  }
}
