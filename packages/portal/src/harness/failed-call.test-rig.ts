import { LatchworkError, type LatchworkErrorInfo } from '@latchwork/client';

/** What a call of a client failed with; a call that does not fail so fails the test. */
export async function problemOf(call: Promise<unknown>): Promise<LatchworkErrorInfo> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LatchworkError) return error.info;
  throw new Error('The call did not fail.', { cause: error });
}
