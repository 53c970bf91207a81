import type { AppSession } from "./session.js";

/** The app connections, and which devices they watch. */
export class AppSessions {
  readonly #sessions = new Set<AppSession>();
  /** Watching connections by did. */
  readonly #counts = new Map<string, number>();

  /** True when the client id is in use by an app of another user, whom nobody may push out. */
  isTaken(clientId: string, uid: string): boolean {
    for (const session of this.#sessions) if (session.client.id === clientId && session.uid !== uid) return true;
    return false;
  }

  add(session: AppSession): void {
    this.#sessions.add(session);
  }

  /** Forgets a connection; returns the dids it watched. */
  remove(session: AppSession): string[] {
    this.#sessions.delete(session);
    const dids = new Set(session.watching.values());
    for (const filter of [...session.watching.keys()]) this.unwatch(session, filter);
    return [...dids];
  }

  /** A connection hears of a device by one more filter. True when it did not hear of it before. */
  watch(session: AppSession, filter: string, did: string): boolean {
    const isNew = !isWatching(session, did);
    session.watching.set(filter, did);
    if (isNew) this.#counts.set(did, this.count(did) + 1);
    return isNew;
  }

  /** A filter is given up. The did that the connection hears of no longer, if it was the last filter for it. */
  unwatch(session: AppSession, filter: string): string | undefined {
    const did = session.watching.get(filter);
    session.watching.delete(filter);
    if (did === undefined || isWatching(session, did)) return undefined;
    const count = this.count(did) - 1;
    if (count > 0) this.#counts.set(did, count);
    else this.#counts.delete(did);
    return did;
  }

  /** How many connections watch a device. */
  count(did: string): number {
    return this.#counts.get(did) ?? 0;
  }

  /** The connections of a user that watch a device, each with its filters for it. */
  *ofUser(uid: string, did: string): Generator<{ session: AppSession; filters: string[] }> {
    for (const session of this.#sessions) {
      if (session.uid !== uid) continue;
      const filters = [...session.watching].filter(([, watched]) => watched === did).map(([filter]) => filter);
      if (filters.length > 0) yield { session, filters };
    }
  }
}

function isWatching(session: AppSession, did: string): boolean {
  return [...session.watching.values()].includes(did);
}
