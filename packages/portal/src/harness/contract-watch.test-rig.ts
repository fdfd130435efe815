import { parseRouteReply, problemCodesOf, readProblem } from '@latchwork/contract';
import { expect } from 'vitest';
import type { AnsweredCall } from '../http/api-exchange.js';

/** Holds whatever a portal answers against its contract, also where the test itself does not look. */
export interface ContractWatch {
  onAnswered(answered: AnsweredCall): void;
  /** Fails when any answer until now was none of its route, and names each one. */
  check(): void;
}

/** Creates a watch over one portal's answers. */
export function createContractWatch(): ContractWatch {
  /** Where each fault was seen first. */
  const faults = new Map<string, string>();
  return {
    onAnswered: (answered) => {
      const fault = faultOf(answered);
      if (fault === undefined || faults.has(fault)) return;
      faults.set(fault, expect.getState().currentTestName ?? 'before the first test');
    },
    check: () => {
      const seen = [...faults].map(([fault, test]) => `${fault} Seen in: ${test}`);
      if (seen.length > 0) throw new Error(`The portal answered what its contract does not name.\n${seen.join('\n')}`);
    },
  };
}

function faultOf({ operation, route, response }: AnsweredCall): string | undefined {
  const { status, headers, body } = response;
  // Of a stream the client checks each event; whoever left has no answer.
  if (body instanceof ReadableStream || status === 499) return undefined;
  const read: unknown = body === undefined ? undefined : JSON.parse(body);
  if (headers['content-type'] === 'application/problem+json') {
    const code = readProblem(read)?.code;
    if (code === undefined) return `${operation} answers a problem that is none of the contract: ${body}.`;
    if (problemCodesOf(route).includes(code)) return undefined;
    return `${operation} answers the problem ${code}, which its route does not list.`;
  }
  if (!route.statuses.includes(status))
    return `${operation} answers the status ${status}, which its route does not list.`;
  const fits = parseRouteReply(route, read);
  if (fits.success) return undefined;
  const places = fits.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
  return `${operation} answers a reply that does not fit its schema, at ${places}.`;
}
