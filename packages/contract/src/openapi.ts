import * as z from 'zod/mini';
import {
  apiKeyId,
  appGrantId,
  appId,
  attemptId,
  credentialId,
  deskId,
  deviceId,
  entranceId,
  eventId,
  gatewayId,
  guestId,
  keyCardId,
  keyHolderId,
  keyId,
  memberId,
  organizationId,
  propertyId,
  reservationId,
  sessionId,
} from './identifiers.js';
import { accessSchedule } from './inputs/access.js';
import { timestampInput } from './inputs/values.js';
import { type ProblemCode, problemExtras, problemSchema, requestIssue } from './problem.js';
import { problemTable } from './problem-table.js';
import { actionAttempt } from './resources/action-attempt.js';
import { alarm } from './resources/alarm.js';
import { apiKey, apiScope } from './resources/api-key.js';
import { app, appGrant, integratedApp } from './resources/app.js';
import { cardEncoding } from './resources/card-encoding.js';
import { phoneParcel, phoneParcels, phoneReceiptsTaken } from './resources/courier.js';
import { credential, keyCard } from './resources/credential.js';
import { doorVisit } from './resources/door-visit.js';
import { enrollmentCode, gatewayCertificate, gatewayEnrollment } from './resources/enrollment.js';
import { entranceAccess } from './resources/entrance-access.js';
import { event } from './resources/event.js';
import { guest } from './resources/guest.js';
import { device, entrance, gateway } from './resources/hardware.js';
import { key } from './resources/key.js';
import { lockLogEntry } from './resources/lock-log.js';
import { actor, channel, invitation, member, session } from './resources/member.js';
import { organization, property } from './resources/organization.js';
import { activatedPhone, phoneCode, phoneGrant, phoneGrants, phoneLock } from './resources/phone.js';
import { revocation } from './resources/revocation.js';
import { accountSetup } from './resources/sign-in.js';
import { auditEntry, teamInvitation } from './resources/team.js';
import { tunnel, tunnelFrames } from './resources/tunnel.js';
import { colleague, desk, insights, reservation, subscription, user } from './resources/workplace.js';
import { problemCodesOf, type Route, type RouteAuth } from './route.js';
import { routes } from './routes.js';
import { timestamp } from './wire-values.js';

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
/** A JSON object. */
export type JsonObject = { readonly [name: string]: Json };

/** An OpenAPI 3.1 document as plain data, ready for `JSON.stringify`. */
export interface OpenApiDocument {
  /** The version of OpenAPI. */
  readonly openapi: '3.1.0';
  /** Title and version of the API. */
  readonly info: JsonObject;
  /** Operations by path and lowercase method. */
  readonly paths: { readonly [path: string]: { readonly [method: string]: JsonObject } };
  /** Schemas and security schemes. */
  readonly components: { readonly schemas: { readonly [name: string]: Json }; readonly securitySchemes: JsonObject };
}

/** The schemas that have a name of their own in the document. */
const namedSchemas = {
  OrganizationId: organizationId,
  PropertyId: propertyId,
  MemberId: memberId,
  EntranceId: entranceId,
  DeviceId: deviceId,
  GatewayId: gatewayId,
  GuestId: guestId,
  KeyCardId: keyCardId,
  CredentialId: credentialId,
  KeyId: keyId,
  KeyHolderId: keyHolderId,
  AttemptId: attemptId,
  EventId: eventId,
  SessionId: sessionId,
  ApiKeyId: apiKeyId,
  AppId: appId,
  AppGrantId: appGrantId,
  DeskId: deskId,
  ReservationId: reservationId,
  Channel: channel,
  Actor: actor,
  AccessSchedule: accessSchedule,
  Organization: organization,
  Property: property,
  Member: member,
  Invitation: invitation,
  TeamInvitation: teamInvitation,
  AuditEntry: auditEntry,
  Session: session,
  ApiKey: apiKey,
  ApiScope: apiScope,
  App: app,
  AppGrant: appGrant,
  IntegratedApp: integratedApp,
  AccountSetup: accountSetup,
  Entrance: entrance,
  EntranceAccess: entranceAccess,
  Device: device,
  LockLogEntry: lockLogEntry,
  Gateway: gateway,
  EnrollmentCode: enrollmentCode,
  PhoneCode: phoneCode,
  PhoneLock: phoneLock,
  PhoneGrant: phoneGrant,
  PhoneGrants: phoneGrants,
  PhoneParcel: phoneParcel,
  PhoneParcels: phoneParcels,
  PhoneReceiptsTaken: phoneReceiptsTaken,
  ActivatedPhone: activatedPhone,
  GatewayCertificate: gatewayCertificate,
  GatewayEnrollment: gatewayEnrollment,
  Guest: guest,
  CardEncoding: cardEncoding,
  Tunnel: tunnel,
  TunnelFrames: tunnelFrames,
  KeyCard: keyCard,
  Credential: credential,
  Key: key,
  Revocation: revocation,
  Alarm: alarm,
  DoorVisit: doorVisit,
  ActionAttempt: actionAttempt,
  Event: event,
  User: user,
  Colleague: colleague,
  Subscription: subscription,
  Desk: desk,
  Reservation: reservation,
  Insights: insights,
  RequestIssue: requestIssue,
} as const;

const securitySchemes = {
  operatorKey: { type: 'http', scheme: 'bearer', description: "The key of the portal's operator." },
  session: { type: 'http', scheme: 'bearer', description: 'The token of a signed-in session, `lws_…`.' },
  apiKey: { type: 'http', scheme: 'bearer', description: 'The token of an API key, `lwk_…`.' },
} as const;

const securityOf: Readonly<Record<RouteAuth, Json>> = {
  none: [],
  operator: [{ operatorKey: [] }],
  session: [{ session: [] }],
  'session-or-api-key': [{ session: [] }, { apiKey: [] }],
};

const parameterParts = { params: 'path', query: 'query', headers: 'header' } as const;
type ParameterPart = keyof typeof parameterParts;

/** Writes the route table as an OpenAPI 3.1 document: the same schemas, statuses, problems and rights. */
export function openApiDocument(table: Readonly<Record<string, Route>> = routes): OpenApiDocument {
  const schemas = convertSchemas(table);
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const [id, called] of Object.entries(table)) {
    const path = called.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [called.method.toLowerCase()]: describeOperation(id, called, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchwork',
      version: '1',
      description: 'Timestamps are RFC 3339 in UTC with milliseconds. Inputs are strict: an unknown field is refused.',
    },
    paths,
    components: { schemas: schemas.components, securitySchemes },
  };
}

interface ConvertedSchemas {
  readonly components: Readonly<Record<string, Json>>;
  /** The name of a schema among the components. */
  readonly nameOf: (schema: z.ZodMiniType) => string;
  /** The schema of each parameter by route, part and name. */
  readonly parameters: ReadonlyMap<z.ZodMiniType, JsonObject>;
}

function convertSchemas(table: Readonly<Record<string, Route>>): ConvertedSchemas {
  const registry = z.registry<{ id: string; format?: string }>();
  const parts = new Map<z.ZodMiniType, string>();
  const add = (schema: z.ZodMiniType, name: string, format?: string): void => {
    if (!registry.has(schema)) registry.add(schema, format === undefined ? { id: name } : { id: name, format });
  };
  add(timestamp, 'Timestamp', 'date-time');
  add(timestampInput, 'TimestampInput', 'date-time');
  for (const [name, schema] of Object.entries(namedSchemas)) add(schema, name);
  for (const code of Object.keys(problemExtras) as ProblemCode[]) add(problems[code], problemName(code));
  for (const [id, called] of Object.entries(table)) {
    if (called.body) add(called.body, `${capitalize(id)}Input`);
    if (called.reply) add(called.reply, `${capitalize(id)}Reply`);
    for (const part of Object.keys(parameterParts) as ParameterPart[]) {
      const schema = called[part];
      if (!schema || parts.has(schema)) continue;
      parts.set(schema, `parameters.${parts.size}`);
      add(schema, `parameters.${parts.size - 1}`);
    }
  }
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    metadata: registry,
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      delete jsonSchema.$schema;
      delete jsonSchema.$id;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.multipleOf === 1) {
        delete jsonSchema.multipleOf;
        jsonSchema.type = 'integer';
      }
    },
  });
  const converted = Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, id, ...schema }]) => [name, schema as unknown as JsonObject]),
  );
  return {
    components: Object.fromEntries(Object.entries(converted).filter(([name]) => !name.startsWith('parameters.'))),
    nameOf: (schema) => registry.get(schema)?.id ?? '',
    parameters: new Map([...parts].map(([schema, name]) => [schema, converted[name] ?? {}])),
  };
}

/** One schema per code, made once so that each keeps its name. */
const problems = Object.fromEntries(
  (Object.keys(problemExtras) as ProblemCode[]).map((code) => [code, problemSchema(code)]),
) as Readonly<Record<ProblemCode, z.ZodMiniType>>;

function describeOperation(id: string, called: Route, schemas: ConvertedSchemas): JsonObject {
  const refTo = (schema: z.ZodMiniType): JsonObject => ({ $ref: `#/components/schemas/${schemas.nameOf(schema)}` });
  const parameters = (Object.keys(parameterParts) as ParameterPart[]).flatMap((part) =>
    describeParameters(part, called[part] && schemas.parameters.get(called[part])),
  );
  const responses: Record<string, Json> = {};
  for (const status of called.statuses) {
    const mediaType = called.media === 'event-stream' ? 'text/event-stream' : 'application/json';
    responses[status] = {
      description: called.summary,
      ...(called.reply ? { content: { [mediaType]: { schema: refTo(called.reply) } } } : {}),
    };
  }
  for (const [status, codes] of groupByStatus(problemCodesOf(called))) {
    const refs = codes.map((code) => refTo(problems[code]));
    responses[status] = {
      description: codes.map((code) => problemTable[code].title).join(' / '),
      content: { 'application/problem+json': { schema: refs.length === 1 ? (refs[0] ?? {}) : { oneOf: refs } } },
    };
  }
  return {
    operationId: id,
    summary: called.summary,
    tags: [tagOf(called.path)],
    security: securityOf[called.auth],
    ...(called.action === null ? {} : { 'x-latchwork-action': called.action }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(called.body
      ? {
          requestBody: {
            required: !z.safeParse(called.body, {}).success,
            content: { 'application/json': { schema: refTo(called.body) } },
          },
        }
      : {}),
    responses,
  };
}

function describeParameters(part: ParameterPart, schema: JsonObject | undefined): JsonObject[] {
  const properties = (schema?.['properties'] ?? {}) as JsonObject;
  const required = (schema?.['required'] ?? []) as readonly string[];
  return Object.entries(properties).map(([name, property]) => ({
    name: part === 'headers' ? headerName(name) : name,
    in: parameterParts[part],
    required: part === 'params' || required.includes(name),
    schema: property,
  }));
}

function groupByStatus(codes: readonly ProblemCode[]): ReadonlyMap<number, readonly ProblemCode[]> {
  const groups = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = problemTable[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}

const verbSegments = new Set(['revoke', 'unlock', 'stream', 'current']);

function tagOf(path: string): string {
  const nouns = path.split('/').filter((segment) => segment && !segment.startsWith(':') && !verbSegments.has(segment));
  return nouns.at(-1) ?? 'other';
}

function problemName(code: ProblemCode): string {
  return `Problem${code.split('-').map(capitalize).join('')}`;
}

function headerName(name: string): string {
  return name.split('-').map(capitalize).join('-');
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
