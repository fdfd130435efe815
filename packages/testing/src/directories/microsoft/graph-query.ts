import { type DirectoryRequest, queryOf } from '../directory-http.js';
import { type BareAnswer, graphBadRequest, graphError } from './graph-error.js';
import { type GraphFilter, parseGraphFilter } from './graph-filter.js';
import { singleUserProperties } from './graph-property.js';

/** What a request asks a collection for. */
export interface GraphQuery {
  readonly select: readonly string[] | undefined;
  readonly top: number | undefined;
  readonly filter: GraphFilter | undefined;
  readonly count: boolean;
  /** `ConsistencyLevel: eventual` was said. */
  readonly eventual: boolean;
  readonly skipToken: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads a request's OData parameters against a type's properties; an answer when Graph would refuse them. */
export function readGraphQuery(
  request: DirectoryRequest,
  type: { readonly name: string; readonly properties: readonly string[]; readonly single?: boolean },
): GraphQuery | BareAnswer {
  const parameters = queryOf(request.url, { ignoreCase: true });
  const select = parameters
    .get('$select')
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of select ?? []) {
    if (!type.properties.includes(name) && name !== '*') {
      const message = `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.${type.name}'.`;
      return graphBadRequest(message, 'BadRequest');
    }
    if (type.single !== true && type.name === 'user' && singleUserProperties.has(name)) {
      return graphError(501, { code: 'NotImplemented', message: `'${name}' is not supported in a collection.` });
    }
  }
  if (parameters.has('$skip')) return graphBadRequest("'$skip' is not supported by the service.");
  const topText = parameters.get('$top');
  const top = topText === undefined ? undefined : Number(topText);
  if (top !== undefined && !(Number.isInteger(top) && top >= 1 && top <= 999)) {
    const message = `Invalid page size specified: '${topText}'. Must be between 1 and 999 inclusive.`;
    return graphBadRequest(message, 'Request_UnsupportedQuery');
  }
  const eventual = request.headers['consistencylevel']?.toLowerCase() === 'eventual';
  const count = parameters.get('$count') === 'true';
  let filter: GraphFilter | undefined;
  try {
    const text = parameters.get('$filter');
    filter = text === undefined ? undefined : parseGraphFilter(text);
  } catch (fault) {
    return graphBadRequest(fault instanceof Error ? fault.message : 'Invalid filter clause', 'BadRequest');
  }
  if (filter?.advanced === true && !(eventual && count)) {
    return graphBadRequest('Unsupported or invalid query filter clause specified.', 'Request_UnsupportedQuery');
  }
  if (parameters.has('$search') && !eventual) {
    return graphBadRequest('Request with $search query parameter only works with header ConsistencyLevel: eventual.');
  }
  return { select, top, filter, count, eventual, skipToken: parameters.get('$skiptoken'), parameters };
}

/** Whether reading the parameters ended in an answer. */
export function isRefused(read: GraphQuery | BareAnswer): read is BareAnswer {
  return 'status' in read;
}
