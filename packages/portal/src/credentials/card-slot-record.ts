import type { EntranceId, KeyCardId } from '@latchwork/core';
import { planCardSlots } from '@latchwork/core/credentials';
import { writableSecrets } from '@latchwork/lock-protocol/cards';
import type { Draft } from '../ledger.js';
import { takesCredentials } from '../locks/driven-lock.js';
import type { Projection } from '../store/projection.js';
import type { CardSlotRow } from '../store/schema/credentials.js';
import type { Row, TableName, Write } from '../store/store.js';

/**
 * Writes into every commit what the AES secrets of the cards that it concerns shall be from now on: whatever command it was, its
 * writes say so. For the ledger, after the command.
 *
 * @param writes all of the commit's.
 */
export function createCardSlotRecord({
  projection,
}: {
  readonly projection: Projection;
}): (draft: Draft, writes: readonly Write[]) => void {
  return (draft, writes) => {
    const after = afterwards(projection, writes);
    for (const cardId of cardsOf(projection, after, writes)) {
      const card = after.card(cardId);
      if (card?.chip == null || card.state === 'lost') continue;
      const slots = slotsOf(projection, after, { ...card, chip: card.chip });
      if (slots === undefined || JSON.stringify(slots) === JSON.stringify(card.slots)) continue;
      const isWritten = card !== projection.keyCards.get(cardId);
      draft.update('keyCard', { ...card, slots, version: isWritten ? card.version : card.version + 1 });
    }
  };
}

/** The rows as they will be. */
interface Afterwards {
  card(id: KeyCardId): Row<'keyCard'> | undefined;
  /** Of a card or of a Key. */
  credentials(of: KeyCardId | Row<'accessKey'>['id']): readonly Row<'credential'>[];
  accessKey(id: Row<'accessKey'>['id']): Row<'accessKey'> | undefined;
  devices(at: EntranceId): readonly Row<'device'>[];
}

function rowsOf<Table extends TableName>(writes: readonly Write[], table: Table): ReadonlyMap<string, WriteOf<Table>> {
  const rows = new Map<string, WriteOf<Table>>();
  for (const write of writes) {
    // The union of all pairs cannot see that a write's row is of its table.
    if (write.table === table) rows.set((write.row as { readonly id: string }).id, write as unknown as WriteOf<Table>);
  }
  return rows;
}

interface WriteOf<Table extends TableName> {
  readonly op: Write['op'];
  readonly row: Row<Table>;
}

function afterwards(projection: Projection, writes: readonly Write[]): Afterwards {
  const cards = rowsOf(writes, 'keyCard');
  const credentials = rowsOf(writes, 'credential');
  const keys = rowsOf(writes, 'accessKey');
  const devices = rowsOf(writes, 'device');
  return {
    card: (id) => cards.get(id)?.row ?? projection.keyCards.get(id),
    accessKey: (id) => keys.get(id)?.row ?? projection.accessKeys.get(id),
    credentials: (of) => {
      const isOf = ({ cardId, keyId }: Row<'credential'>) => cardId === of || keyId === of;
      const before = projection.credentials.group(of).filter(({ id }) => !credentials.has(id));
      return [...before, ...[...credentials.values()].map(({ row }) => row).filter(isOf)];
    },
    devices: (at) => {
      const before = projection.devices.group(at).filter(({ id }) => !devices.has(id));
      const changed = [...devices.values()].filter(({ op, row }) => op !== 'delete' && row.entranceId === at);
      return [...before, ...changed.map(({ row }) => row)].sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}

function cardsOf(projection: Projection, after: Afterwards, writes: readonly Write[]): ReadonlySet<KeyCardId> {
  const cards = new Set<KeyCardId>();
  const addAll = (credentials: readonly Row<'credential'>[]) => {
    for (const { cardId } of credentials) if (cardId !== null) cards.add(cardId);
  };
  for (const write of writes) {
    if (write.op === 'delete' && write.table !== 'device') continue;
    if (write.table === 'keyCard') cards.add(write.row.id);
    if (write.table === 'credential') addAll([write.row]);
    if (write.table === 'accessKey') addAll(after.credentials(write.row.id));
    if (write.table === 'device') {
      // What a lock tells of itself is written there, too.
      if (write.op === 'update' && projection.devices.get(write.row.id)?.tag === write.row.tag) continue;
      const { propertyId, entranceId } = write.row;
      for (const key of projection.accessKeys.group(propertyId)) {
        if (key.entranceIds.includes(entranceId)) addAll(after.credentials(key.id));
      }
    }
  }
  return cards;
}

function slotsOf(
  projection: Projection,
  after: Afterwards,
  card: Row<'keyCard'> & { readonly chip: keyof typeof writableSecrets },
): readonly CardSlotRow[] | undefined {
  const property = projection.properties.get(card.propertyId);
  if (property === undefined) return undefined;
  const locks = card.state === 'assigned' ? locksOf(after, card.id) : [];
  const own = card.state === 'retired' ? null : property.tag;
  return planCardSlots({ slots: card.slots, own, locks, most: writableSecrets[card.chip] }).slots;
}

/** The newest credential's first. */
function locksOf(after: Afterwards, cardId: KeyCardId): readonly string[] {
  const live = after.credentials(cardId).filter(({ removedAt }) => removedAt === null);
  const newest = [...live].sort((a, b) => (a.id < b.id ? 1 : -1));
  const tags = newest.flatMap(({ keyId }) => {
    const key = after.accessKey(keyId);
    if (key === undefined || key.revokedAt !== null) return [];
    return key.entranceIds.flatMap((entranceId) =>
      after
        .devices(entranceId)
        .filter(takesCredentials)
        .map(({ tag }) => tag),
    );
  });
  return [...new Set(tags)];
}
