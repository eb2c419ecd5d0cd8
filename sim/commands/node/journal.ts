/**
 * A relay's journal as one SQLite file, mode 0600. Writes are gathered for a turn of the event loop and written as one transaction, in
 * WAL mode and `synchronous=FULL`: a budget that a power cut forgets is no budget, and one sync for all keysends of a turn costs about
 * half a millisecond (`NORMAL`, which syncs at checkpoints alone, saves that and survives only `kill -9`).
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { InfrastructureError, ScenarioError } from '../../../nodes/errors.ts';
import type { Journal, JournalChange } from '../../../nodes/node.ts';

/** What is lazy waits this long for a write that is not. */
const LAZY_MS = 1_000;
/** Lazy changes are never more than so many behind. */
const LAZY_MAX = 4_096;
const VERSION = 1;

/** @throws ScenarioError when the file is no journal, is of a later version, or another relay holds it. */
export const openJournal = (file: string): FileJournal => {
  try {
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
    const database = new DatabaseSync(file);
    // EXCLUSIVE: two relays that count apart would pay twice what one may.
    database.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > VERSION) throw new Error(`it is of version ${version}, this relay reads up to ${VERSION}`);
    database.exec(`CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      PRAGMA user_version=${VERSION}`);
    return new FileJournal(file, database);
  } catch (cause) {
    throw new ScenarioError(`the journal ${file} cannot be used: ${(cause as Error).message}`, {
      cause,
      hint: 'it belongs to one relay at a time; give this one a file of its own',
    });
  }
};

class FileJournal implements Journal, Disposable {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #put;
  readonly #remove;
  readonly #select;
  /** By key, the latest change alone. */
  #changes = new Map<string, string | null>();
  #waiting: { resolve(): void; reject(error: Error): void }[] = [];
  #turn: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;

  constructor(file: string, database: DatabaseSync) {
    this.#file = file;
    this.#database = database;
    this.#put = database.prepare('INSERT INTO records VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
    this.#remove = database.prepare('DELETE FROM records WHERE key = ?');
    this.#select = database.prepare('SELECT key, value FROM records WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key');
  }

  read(prefix: string): (readonly [string, string])[] {
    this.#flush();
    return this.#select.all(prefix).map(({ key, value }) => [key as string, value as string] as const);
  }

  write(changes: readonly JournalChange[], { lazy = false }: { readonly lazy?: boolean } = {}): Promise<void> {
    for (const { key, value } of changes) this.#changes.set(key, value);
    if (lazy && this.#changes.size < LAZY_MAX) {
      this.#later ??= setTimeout(() => this.#flush(), LAZY_MS).unref();
      return Promise.resolve();
    }
    this.#turn ??= setImmediate(() => this.#flush());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  [Symbol.dispose](): void {
    this.#flush();
    this.#database.close();
  }

  #flush(): void {
    clearImmediate(this.#turn);
    clearTimeout(this.#later);
    this.#turn = this.#later = undefined;
    const [changes, waiting] = [this.#changes, this.#waiting];
    [this.#changes, this.#waiting] = [new Map(), []];
    if (changes.size === 0) return;
    try {
      this.#commit(changes);
      for (const { resolve } of waiting) resolve();
    } catch (cause) {
      // What was lazy is kept for the next try; who waits is told, and pays nothing.
      for (const [key, value] of changes) if (!this.#changes.has(key)) this.#changes.set(key, value);
      const error = new InfrastructureError(`the journal ${this.#file} was not written: ${(cause as Error).message}`, { cause });
      for (const { reject } of waiting) reject(error);
    }
  }

  #commit(changes: ReadonlyMap<string, string | null>): void {
    this.#database.exec('BEGIN');
    try {
      for (const [key, value] of changes) {
        if (value === null) this.#remove.run(key);
        else this.#put.run(key, value);
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}
