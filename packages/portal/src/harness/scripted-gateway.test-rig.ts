import { randomUUID } from 'node:crypto';
import {
  type CommandMessage,
  encodeGatewayMessage,
  type GatewayAddress,
  type GatewayMessageInput,
  type GatewayTopicLeaf,
  gatewayTopic,
  parseGatewayMessage,
} from '@latchwork/contract';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { SampleHotel } from './sample-hotel.test-rig.js';

type UnlockCommand = Extract<CommandMessage, { type: 'unlock' }>;
type CommandOf<Type extends CommandMessage['type']> = Extract<CommandMessage, { type: Type }>;

/** A gateway of which the test says every word: a plain MQTT client with the gateway's own credentials. */
export interface ScriptedGateway extends AsyncDisposable {
  readonly client: MqttClient;
  readonly address: GatewayAddress;
  /** The next command of a type, waiting for it if need be. */
  next<Type extends CommandMessage['type']>(type: Type): Promise<CommandOf<Type>>;
  /** Every command received so far. */
  readonly received: readonly CommandMessage[];
  ack(command: UnlockCommand): Promise<void>;
  challenge(
    command: UnlockCommand,
    challenge: string,
    overrides?: Partial<GatewayMessageInput<'challenge'>>,
  ): Promise<void>;
  report(command: UnlockCommand, report: Partial<GatewayMessageInput<'evt'>>): Promise<void>;
  publish(
    leaf: GatewayTopicLeaf,
    text: string,
    options?: { readonly qos?: 0 | 1; readonly retain?: boolean },
  ): Promise<void>;
}

/** Connects a scripted gateway and waits until it hears its commands. */
export async function connectGateway(
  hotel: Pick<SampleHotel, 'organization' | 'property' | 'gateway'>,
  url: string = hotel.gateway.mqttUrl,
  certified: Pick<IClientOptions, 'cert' | 'key' | 'ca'> = {},
): Promise<ScriptedGateway> {
  const { gateway, secret } = hotel.gateway;
  const address = {
    organizationId: hotel.organization.id,
    propertyId: hotel.property.id,
    gatewayId: gateway.id,
  } as GatewayAddress;
  const client = await mqtt.connectAsync(url, {
    clientId: gateway.id,
    username: gateway.id,
    password: secret,
    queueQoSZero: false,
    reconnectPeriod: 0,
    ...certified,
  });
  const received: CommandMessage[] = [];
  const unread: CommandMessage[] = [];
  const readers = new Set<() => void>();
  client.on('message', (topic, payload) => {
    if (topic !== gatewayTopic(address, 'cmd')) return;
    const command = parseGatewayMessage('cmd', payload.toString());
    received.push(command);
    unread.push(command);
    for (const look of readers) look();
  });
  await client.subscribeAsync(gatewayTopic(address, 'cmd'));

  const take = <Type extends CommandMessage['type']>(type: Type): CommandOf<Type> | undefined => {
    const at = unread.findIndex((command) => command.type === type);
    return at === -1 ? undefined : (unread.splice(at, 1)[0] as CommandOf<Type>);
  };
  const publish: ScriptedGateway['publish'] = async (leaf, text, { qos = 0, retain = false } = {}) => {
    await client.publishAsync(gatewayTopic(address, leaf), text, { qos, retain });
  };
  return {
    client,
    address,
    received,
    publish,
    next: async (type) =>
      await new Promise((resolve) => {
        const look = () => {
          const command = take(type);
          if (command === undefined) return;
          readers.delete(look);
          resolve(command);
        };
        readers.add(look);
        look();
      }),
    ack: async ({ attemptId, commandId }) =>
      await publish('ack', encodeGatewayMessage('ack', { v: 1, attemptId, commandId, receivedAt: Date.now() })),
    challenge: async ({ attemptId, commandId, lock }, challenge, overrides = {}) =>
      await publish(
        'challenge',
        encodeGatewayMessage('challenge', { v: 1, attemptId, commandId, tag: lock.tag, challenge, ...overrides }),
      ),
    report: async ({ attemptId, commandId, lock }, report) =>
      await publish(
        { evt: lock.tag },
        encodeGatewayMessage('evt', {
          v: 1,
          type: 'unlock-result',
          eventId: randomUUID(),
          attemptId,
          commandId,
          tag: lock.tag,
          outcome: 'executed',
          code: 'ok',
          occurredAt: Date.now(),
          historical: false,
          ...report,
        }),
        { qos: 1 },
      ),
    [Symbol.asyncDispose]: async () => await client.endAsync(true),
  };
}
