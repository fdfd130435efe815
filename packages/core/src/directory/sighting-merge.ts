import type { DirectoryUser } from './directory-user.js';

/**
 * Makes one record of all sightings of each user, by the exact id: directories show a user several times, and later
 * sightings may carry no more than what changed. A later one overrides only the fields that it has.
 */
export function mergeSightings(sightings: Iterable<DirectoryUser>): ReadonlyMap<string, DirectoryUser> {
  const users = new Map<string, DirectoryUser>();
  for (const sighting of sightings) {
    const before = users.get(sighting.directoryId);
    users.set(sighting.directoryId, before === undefined ? sighting : overlay(before, sighting));
  }
  return users;
}

function overlay(before: DirectoryUser, later: DirectoryUser): DirectoryUser {
  const said = Object.entries(later).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(said) };
}
