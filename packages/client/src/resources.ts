import type { RouteReply, Routes } from '@latchwork/contract';
import { createCallFunction, type Send } from './call.js';
import type { CallableId, CallFunction, CallInput, CallOptions } from './call-types.js';
import { type ResourceCalls, resourceCalls } from './resource-calls.js';

/** What a list of the API consists of; `never` for calls that are no list. */
export type ItemOf<Id extends CallableId> =
  RouteReply<Routes[Id]> extends { readonly data: readonly (infer Item)[] } ? Item : never;
/** The names of the methods that read lists. */
export type ListName<Calls> = {
  [Method in keyof Calls]: Calls[Method] extends CallableId
    ? [ItemOf<Calls[Method]>] extends [never]
      ? never
      : Method
    : never;
}[keyof Calls] &
  string;

/** Iterates a whole list, page after page as it is consumed; `limit` is the size of a page. */
export type ListAllFunction<Id extends CallableId> = (
  ...args: Record<never, never> extends CallInput<Routes[Id]>
    ? [input?: CallInput<Routes[Id]>, options?: CallOptions]
    : [input: CallInput<Routes[Id]>, options?: CallOptions]
) => AsyncGenerator<ItemOf<Id>, void, undefined>;

/** The methods of one resource: a function per call, and `list…All` beside each list. */
export type ResourceMethods<Calls extends Record<string, CallableId>> = {
  readonly [Method in keyof Calls]: CallFunction<Routes[Calls[Method]]>;
} & {
  readonly [Method in ListName<Calls> as `${Method}All`]: ListAllFunction<Calls[Method]>;
};

/** Every resource of the client with its methods. */
export type Resources = { readonly [Name in keyof ResourceCalls]: ResourceMethods<ResourceCalls[Name]> };

/** Makes the methods of every resource from {@link resourceCalls}. */
export function createResources(send: Send): Resources {
  const resources: Record<string, Record<string, unknown>> = {};
  for (const [name, calls] of Object.entries<Record<string, CallableId>>(resourceCalls)) {
    const methods: Record<string, unknown> = {};
    for (const [method, id] of Object.entries(calls)) {
      methods[method] = createCallFunction(send, id);
      if (method.startsWith('list')) methods[`${method}All`] = createListAll(send, id);
    }
    resources[name] = methods;
  }
  return resources as unknown as Resources;
}

interface AnyPage {
  readonly data: readonly unknown[];
  readonly nextCursor: string | null;
}

function createListAll(send: Send, id: CallableId) {
  return async function* listAll(
    input: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): AsyncGenerator<unknown, void, undefined> {
    let cursor: unknown = input['cursor'];
    for (;;) {
      // The table pairs every `list…` with a route whose reply is a page; the index by any id loses that.
      const page = (await send(
        id,
        { ...input, cursor } as CallInput<Routes[CallableId]>,
        options,
      )) as unknown as AnyPage;
      yield* page.data;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  };
}
