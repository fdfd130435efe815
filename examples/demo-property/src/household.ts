import { randomBytes } from 'node:crypto';
import { type Client, createClient } from '@latchwork/client';
import { type Doors, rooms } from './doors.js';
import type { MemoryFile } from './memory.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const newPassword = () => randomBytes(18).toString('base64url');

/** Signs the owner in, signing the organization up first where the demo starts for the first time. */
export async function signInOwner(baseUrl: string, operatorKey: string, memory: MemoryFile): Promise<Client> {
  if (memory.read().organizationId === undefined) {
    const operator = createClient({ baseUrl, token: operatorKey });
    const email = 'olivia@seaview.example';
    const made = await operator.organizations.create(
      { name: 'Seaview', owner: { name: 'Olivia Owner', email } },
      { idempotencyKey: 'demo-organization' },
    );
    const password = newPassword();
    await operator.accountSetups.complete({ token: made.setupToken, password });
    memory.merge({ organizationId: made.organization.id, owner: { email, password } });
  }
  const token = await sessionToken(baseUrl, memory.read().owner, 'dashboard');
  return createClient({ baseUrl, token });
}

type Person = { readonly email: string; readonly password: string } | undefined;

/** Signs a person in on a channel; the answer is the bearer token of the session. */
export async function sessionToken(baseUrl: string, person: Person, channel: 'dashboard' | 'portal_app') {
  if (person === undefined) throw new Error('the demo has forgotten a password that it made up');
  const { email, password } = person;
  const { token } = await createClient({ baseUrl }).sessions.create({ email, password, channel });
  return token;
}

/** Signs the housekeeper in on the Portal app, giving her an account and a key for room 101 where she has none yet. */
export async function setUpHousekeeper(owner: Client, baseUrl: string, memory: MemoryFile): Promise<Client> {
  const propertyId = memory.read().propertyId ?? '';
  if (memory.read().housekeeper === undefined) {
    const email = 'hanna@seaview.example';
    const made = await owner.members.create(
      { propertyId, name: 'Hanna Housekeeper', email, role: 'housekeeping' },
      { idempotencyKey: 'demo-housekeeper' },
    );
    const password = newPassword();
    await createClient({ baseUrl }).accountSetups.complete({ token: made.setupToken, password });
    memory.merge({ housekeeper: { id: made.member.id, email, password } });
  }
  if (memory.read().keyId === undefined) {
    const key = await owner.keys.create(
      {
        propertyId,
        holderId: memory.read().housekeeper?.id ?? '',
        entranceIds: [memory.read().entrances?.['101'] ?? ''],
        startsAt: new Date().toISOString(),
        endsAt: null,
      },
      { idempotencyKey: 'demo-key' },
    );
    memory.merge({ keyId: key.id });
  }
  const token = await sessionToken(baseUrl, memory.read().housekeeper, 'portal_app');
  return createClient({ baseUrl, token });
}

/**
 * Sets up what is not there yet: a property in Lisbon, an entrance and a lock per room, a gateway, a housekeeper, and her
 * key for room 101 alone.
 */
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
  if (memory.read().gatewayId === undefined) {
    const { gateway, secret } = await owner.gateways.create(
      { propertyId, name: 'Reception' },
      { idempotencyKey: 'demo-gateway' },
    );
    memory.merge({ gatewayId: gateway.id, gatewaySecret: secret });
  }
}
