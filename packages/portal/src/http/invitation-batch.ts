import type { PeopleWarning } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import type { PeopleCommand } from '@latchwork/core/people';
import type { MemberPrincipal } from '../access/principal.js';
import type { Draft } from '../ledger.js';
import type { PeopleDesk, PeopleOutcome, PeopleRequest } from '../people/people-desk.js';
import type { Projection } from '../store/projection.js';
import type { ProblemAnswer } from './call.js';
import { warningOf } from './member-wire.js';
import { answerOfRefusal } from './people-problem.js';
import { requestBy } from './people-request.js';

/** The answer to a batch: 200 to a dry run, which invites nobody; 201 when everybody was invited. */
type BatchAnswer<Invitation> =
  | {
      readonly status: 200 | 201;
      readonly body: { readonly invitations: Invitation[]; readonly warnings: PeopleWarning[] };
    }
  | ProblemAnswer;

/** People who are invited by one call: all of them, or none and the rows at fault. */
export interface InvitationBatch {
  /** What the call would come to. */
  preview(now: Instant): BatchAnswer<never>;
  /** Invites them; `show` tells of each as the caller may see it. */
  run<Invitation>(
    draft: Draft,
    show: (outcome: Extract<PeopleOutcome, { readonly allow: true }>, request: PeopleRequest) => readonly Invitation[],
  ): BatchAnswer<Invitation>;
}

/** Creates the batch that a call asks for. */
export function createInvitationBatch(
  { projection, people }: { readonly projection: Projection; readonly people: Pick<PeopleDesk, 'preview' | 'run'> },
  caller: MemberPrincipal,
  command: Extract<PeopleCommand, { readonly type: 'invite-team' | 'invite-users' }>,
): InvitationBatch {
  const emails = command.rows.map(({ email }) => email);
  return {
    preview: (now) => {
      const decision = people.preview(command, requestBy(projection, caller), now);
      if (!decision.allow) return answerOfRefusal(decision, emails);
      return { status: 200, body: { invitations: [], warnings: decision.warnings.map(warningOf) } };
    },
    run: (draft, show) => {
      const request = requestBy(projection, caller);
      const outcome = people.run(draft, command, request);
      if (!outcome.allow) return answerOfRefusal(outcome, emails);
      const invitations = [...show(outcome, request)];
      return { status: 201, body: { invitations, warnings: outcome.warnings.map(warningOf) } };
    },
  };
}
