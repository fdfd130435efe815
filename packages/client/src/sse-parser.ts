/** One block of an event stream. */
export interface StreamBlock {
  /** The last `id:` so far, in this block or before it; `undefined` until there was one. */
  readonly id: string | undefined;
  /** The `event:` of the block, `message` when it names none. */
  readonly event: string;
  /** The `data:` lines joined by line feeds; `undefined` for a block without any, which only moves the id. */
  readonly data: string | undefined;
}

/** What {@link parseStreamChunk} keeps between two chunks. */
export interface StreamState {
  /** The line that has begun and not ended. */
  readonly line: string;
  /** Whether the last chunk ended in CR, so that a LF which follows belongs to it. */
  readonly afterReturn: boolean;
  /** Whether nothing has come yet, so that a byte order mark may. */
  readonly atStart: boolean;
  /** The id as the last complete block left it. */
  readonly id: string | undefined;
  /** The id that the next complete block will have. */
  readonly pendingId: string | undefined;
  /** The `event:` of the block that has begun. */
  readonly event: string;
  /** The `data:` of the block that has begun. */
  readonly data: string | undefined;
}

/** The state before the first chunk of a stream. */
export const startOfStream: StreamState = {
  line: '',
  afterReturn: false,
  atStart: true,
  id: undefined,
  pendingId: undefined,
  event: '',
  data: undefined,
};

/** The most characters that may wait for the end of their block; no event of ours comes near. */
export const streamBlockMaxChars = 1_048_576;

/**
 * Takes the next piece of a `text/event-stream` (WHATWG HTML, "interpreting an event stream"), cut anywhere between two
 * characters, and gives the blocks it completes. `undefined` when a block grows past {@link streamBlockMaxChars}.
 */
export function parseStreamChunk(
  before: StreamState,
  chunk: string,
): { readonly state: StreamState; readonly blocks: readonly StreamBlock[] } | undefined {
  if (chunk === '') return { state: before, blocks: [] };
  let { id, pendingId, event, data } = before;
  const blocks: StreamBlock[] = [];
  let text = before.atStart && chunk.startsWith('\uFEFF') ? chunk.slice(1) : chunk;
  if (before.afterReturn && text.startsWith('\n')) text = text.slice(1);
  const lines = (before.line + text).split(/\r\n|\r|\n/);
  const line = lines.pop() ?? '';
  for (const complete of lines) {
    if (complete === '') {
      if (data !== undefined || id !== pendingId) blocks.push({ id: pendingId, event: event || 'message', data });
      id = pendingId;
      event = '';
      data = undefined;
      continue;
    }
    const colon = complete.indexOf(':');
    const field = colon < 0 ? complete : complete.slice(0, colon);
    const value = colon < 0 ? '' : complete.slice(colon + (complete[colon + 1] === ' ' ? 2 : 1));
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`;
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) pendingId = value;
  }
  if (line.length + (data?.length ?? 0) > streamBlockMaxChars) return undefined;
  // A chunk that ends in CR has ended its line; a LF that begins the next chunk belongs to it.
  const afterReturn = text === '' ? false : text.endsWith('\r');
  return { state: { line, afterReturn, atStart: false, id, pendingId, event, data }, blocks };
}
