import { randomBytes } from 'node:crypto';
import { type Client, createClient, LatchworkError } from '@latchwork/client';
import { type Doors, rooms } from './doors.js';
import type { DemoPerson, MemoryFile } from './memory.js';
import type { PostRoom } from './post-room.js';
import { CannotStart } from './preflight.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const newPassword = () => randomBytes(18).toString('base64url');

/** Where the portal is, what the demo remembers, and who keeps the mails. */
export interface Household {
  readonly baseUrl: string;
  readonly memory: MemoryFile;
  readonly postRoom: PostRoom;
}

/** Signs the owner in, signing the organization up first where the demo starts for the first time. */
export async function signInOwner(household: Household, operatorKey: string): Promise<Client> {
  const { baseUrl, memory } = household;
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
    await setUpAccount(household, 'Olivia Owner', owner);
    memory.merge({ owner: { ...owner, isSetUp: true } });
  }
  return createClient({ baseUrl, token: await sessionToken(baseUrl, memory.read().owner, 'dashboard') });
}

/** Does what a person does with the mail of an invitation: opens its link and chooses a password. */
async function setUpAccount({ baseUrl, postRoom }: Household, name: string, person: DemoPerson): Promise<void> {
  const { email, password } = person;
  const token = await postRoom.setupToken(email);
  try {
    await createClient({ baseUrl }).accountSetups.complete({ token, name, password });
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
export async function setUpHousekeeper(owner: Client, household: Household): Promise<Client> {
  const { baseUrl, memory } = household;
  const propertyId = memory.read().propertyId ?? '';
  if (memory.read().housekeeper?.isSetUp !== true) {
    const email = 'hanna@seaview.example';
    const { invitations } = await owner.invitations.createForProperty(
      { propertyId, emails: [email], role: 'housekeeping' },
      { idempotencyKey: 'demo-housekeeper' },
    );
    const id = invitations[0]?.member.id ?? '';
    const housekeeper = memory.read().housekeeper ?? { id, email, password: newPassword() };
    memory.merge({ housekeeper });
    await setUpAccount(household, 'Hanna Housekeeper', housekeeper);
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

/** Invites whoever watches the demo; the mail and its link are theirs. A link that an earlier start printed is replaced. */
export async function inviteVisitor(owner: Client, { memory, postRoom }: Household): Promise<void> {
  const propertyId = memory.read().propertyId ?? '';
  const email = 'you@seaview.example';
  const { data: members } = await owner.members.list({ propertyId });
  const visitor = members.find((member) => member.email === email);
  if (visitor !== undefined && visitor.invitation === null) return;
  postRoom.forget(email);
  if (visitor === undefined) {
    await owner.invitations.createForProperty({ propertyId, emails: [email], role: 'general_manager' });
  } else if (visitor.invitation !== null) {
    await owner.invitations.replace({ invitationId: visitor.invitation.id });
  }
  await postRoom.setupToken(email);
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
