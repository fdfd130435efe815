// The same two calls as its guide has them written with fastify 5: JSON schemas for input and output, a hook for who calls.
import type { EntranceId, PropertyId } from '@latchwork/core';
import fastify from 'fastify';
import { serveSeeded } from './seeded.js';
import { type Caller, openWork } from './work.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
}

const idSchema = (prefix: string) => ({ type: 'string', pattern: `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$` });
const entranceSchema = {
  type: 'object',
  required: ['id', 'propertyId', 'name', 'createdAt'],
  properties: {
    id: { type: 'string' },
    propertyId: { type: 'string' },
    name: { type: 'string' },
    createdAt: { type: 'string' },
  },
};

await serveSeeded(async (seed) => {
  const work = await openWork(seed);
  const app = fastify();
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request, reply) => {
    const caller = work.authenticate(request.headers.authorization);
    if (caller === undefined) return await reply.code(401).send({ code: 'unauthenticated' });
    request.caller = caller;
  });
  app.get<{ Params: { entranceId: EntranceId } }>(
    '/v1/entrances/:entranceId',
    {
      schema: {
        params: { type: 'object', properties: { entranceId: idSchema('ent') } },
        response: { 200: entranceSchema },
      },
    },
    async (request, reply) => {
      const entrance = work.readEntrance(request.caller, request.params.entranceId);
      return entrance === 'not-found' ? await reply.code(404).send({ code: entrance }) : entrance;
    },
  );
  app.post<{ Params: { propertyId: PropertyId }; Body: { name: string } }>(
    '/v1/properties/:propertyId/entrances',
    {
      schema: {
        params: { type: 'object', properties: { propertyId: idSchema('prop') } },
        body: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: { name: { type: 'string', minLength: 1, maxLength: 200 } },
        },
        response: { 201: entranceSchema },
      },
    },
    async (request, reply) => {
      const entrance = await work.createEntrance(request.caller, request.params.propertyId, request.body.name.trim());
      if (entrance === 'not-found') return await reply.code(404).send({ code: entrance });
      if (entrance === 'forbidden') return await reply.code(403).send({ code: entrance });
      return await reply.code(201).send(entrance);
    },
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server;
});
