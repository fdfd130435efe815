import { GatewayError } from '../gateway-error.js';
import { startEncoder } from './encoder.js';
import { type EncoderConfig, parseEncoderConfig } from './encoder-config.js';

/** Where the encoder's sentences go. */
export interface EncoderTerminal {
  readonly say: (sentence: string) => void;
  readonly complain: (sentence: string) => void;
}

const usage = 'The encoder is called as "latchwork-gateway encoder" or "latchwork-gateway encoder --enroll LABEL".';

/** Runs the encoder until a signal, and returns what the program shall exit with: 2 where it was called or set up wrongly. */
export async function runEncoder(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { say, complain }: EncoderTerminal,
): Promise<number> {
  const [option, enrollAs, ...more] = args;
  const isPlain = option === undefined;
  const isEnrolling = option === '--enroll' && enrollAs !== undefined && enrollAs.trim() !== '' && more.length === 0;
  if (!isPlain && !isEnrolling) {
    complain(usage);
    return 2;
  }
  const signaled = new Promise<undefined>((resolve) => {
    process.once('SIGTERM', () => resolve(undefined));
    process.once('SIGINT', () => resolve(undefined));
  });
  let config: EncoderConfig;
  try {
    config = parseEncoderConfig(env);
  } catch (error) {
    if (!(error instanceof GatewayError && error.info.code === 'config')) throw error;
    for (const fault of error.info.faults) complain(fault);
    return 2;
  }
  try {
    await using encoder = await startEncoder(config, { say, ...(enrollAs === undefined ? {} : { enrollAs }) });
    const failure = await Promise.race([signaled, encoder.failed]);
    if (failure === undefined) return 0;
    complain(`The readers of cards cannot be used: ${failure.message}`);
    return 1;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    complain(error.message);
    return 1;
  }
}
