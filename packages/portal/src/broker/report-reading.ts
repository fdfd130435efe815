import { gatewayTopicTraits, parseGatewayMessage, parseGatewayTopic } from '@latchwork/contract';
import type { Log } from '../log.js';
import type { GatewayReport } from './gateway-link.js';

/** Reads what arrived on a topic; `undefined` for what is no report of a gateway, which is logged where it should have been one. */
export function readReport(topic: string, text: string, log: Log): GatewayReport | undefined {
  try {
    const { kind, address, ...rest } = parseGatewayTopic(topic);
    if (gatewayTopicTraits[kind].from !== 'gateway') return undefined;
    // A kind and the message of that kind: the compiler cannot follow that they stay together.
    return { kind, gatewayId: address.gatewayId, ...rest, message: parseGatewayMessage(kind, text) } as GatewayReport;
  } catch (error) {
    log.warn({ err: error }, 'unreadable gateway message dropped');
    return undefined;
  }
}
