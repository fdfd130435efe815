import type { AccessBook } from '../directory-access.js';
import { bearerOf, type DirectoryAnswer, type DirectoryOperation, type DirectoryRequest } from '../directory-http.js';
import { type BareAnswer, graphBadRequest, graphError, graphWords } from './graph-error.js';
import { getGraphGroup, listGraphGroupChanges, listGraphGroups, listGraphMembers } from './graph-groups.js';
import { graphJson } from './graph-listing.js';
import {
  countGraphUsers,
  type GraphContext,
  getGraphUser,
  listDeletedGraphUsers,
  listGraphUserChanges,
  listGraphUsers,
} from './graph-users.js';

/** Answers one request of Graph: what it is, what it needs, what it says. */
interface GraphRoute {
  readonly operation: DirectoryOperation;
  readonly permissions: readonly string[];
  readonly answer: (request: DirectoryRequest, context: GraphContext) => BareAnswer;
}

const userReaders = ['User.Read.All', 'Directory.Read.All'];
const groupReaders = ['GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'];

/** What a path of Graph v1.0 means; `undefined` for what is not played. */
function routeOf(path: string): GraphRoute | undefined {
  const [first = '', second, third, cast] = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (first === 'organization' && second === undefined) {
    const answer = (_request: DirectoryRequest, { tenant, base }: GraphContext): BareAnswer => ({
      status: 200,
      headers: { 'content-type': graphJson },
      body: {
        '@odata.context': `${base}/$metadata#organization`,
        value: [
          {
            id: tenant.id,
            displayName: 'Fake tenant',
            tenantType: 'AAD',
            verifiedDomains: [{ name: tenant.domain, isDefault: true, isInitial: true, type: 'Managed' }],
          },
        ],
      },
    });
    return { operation: 'tenant', permissions: [...userReaders, 'Organization.Read.All'], answer };
  }
  if (first === 'users') {
    if (second === undefined) return { operation: 'users', permissions: userReaders, answer: listGraphUsers };
    if (second === '$count') return { operation: 'count', permissions: userReaders, answer: countGraphUsers };
    if (second === 'delta' || second === 'microsoft.graph.delta()') {
      return { operation: 'changes', permissions: userReaders, answer: listGraphUserChanges };
    }
    if (third !== undefined) return undefined;
    return {
      operation: 'user',
      permissions: userReaders,
      answer: (request, context) => getGraphUser(request, context, second),
    };
  }
  if (first === 'directory' && second === 'deletedItems' && third?.toLowerCase() === 'microsoft.graph.user') {
    return { operation: 'users', permissions: userReaders, answer: listDeletedGraphUsers };
  }
  if (first !== 'groups') return undefined;
  if (second === undefined) return { operation: 'groups', permissions: groupReaders, answer: listGraphGroups };
  if (second === 'delta' || second === 'microsoft.graph.delta()') {
    return { operation: 'group-changes', permissions: groupReaders, answer: listGraphGroupChanges };
  }
  if (third === 'members' || third === 'transitiveMembers') {
    const transitive = third === 'transitiveMembers';
    return {
      operation: 'members',
      permissions: groupReaders,
      answer: (request, context) => listGraphMembers(request, context, { groupId: second, transitive, cast }),
    };
  }
  if (third !== undefined) return undefined;
  return {
    operation: 'group',
    permissions: groupReaders,
    answer: (request, context) => getGraphGroup(request, context, second),
  };
}

/** What a request to Graph is for, before anything of it is answered. */
export function graphOperationOf(request: DirectoryRequest): DirectoryOperation {
  const path = request.url.pathname.replace(/^\/(v1\.0|beta)/, '');
  if (path === '/$batch') return 'batch';
  return routeOf(path)?.operation ?? 'unknown';
}

/** Answers a request to Graph v1.0. */
export function answerGraph(request: DirectoryRequest, context: GraphContext, access: AccessBook): DirectoryAnswer {
  const operation = graphOperationOf(request);
  const token = access.check(bearerOf(request));
  if (token === undefined) return { operation, ...graphWords.unauthorized() };
  if (!request.url.pathname.startsWith('/v1.0/')) {
    return { operation, ...graphBadRequest('Invalid version.', 'BadRequest') };
  }
  const route = routeOf(request.url.pathname.slice('/v1.0'.length));
  if (route === undefined) {
    const message = `Resource not found for the segment '${request.url.pathname}'.`;
    return { operation, ...graphBadRequest(message, 'BadRequest') };
  }
  if (request.method !== 'GET') {
    return {
      operation,
      ...graphError(405, { code: 'Request_BadRequest', message: 'Specified HTTP method is not allowed.' }),
    };
  }
  if (!access.allows(token, ...route.permissions)) return { operation, ...graphWords.forbidden() };
  return { operation, ...route.answer(request, context) };
}
