/** Which root each name stands for, as far as this relay knows: newest record, when it was asked for, and the highest number ever seen. */
import { IntegrityError } from '../../errors.ts';
import type { Shelf } from '../../node.ts';
import type { NameRecord } from './record.ts';
import type { SiteAddress } from './url.ts';

const NAMES_MAX = 4_096;

export interface KnownName {
  readonly record: NameRecord;
  readonly atMs: number;
}

export class Names {
  readonly #shelf: Shelf;
  readonly #known = new Map<string, KnownName>();

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  get(address: SiteAddress): KnownName | undefined {
    return this.#known.get(keyOf(address));
  }

  /** @throws IntegrityError for a record below one that was seen, or another under the same number; what was seen outlives this process. */
  async take(address: SiteAddress, record: NameRecord, atMs: number): Promise<void> {
    const key = keyOf(address);
    const kept = await this.#shelf.get(`seen/${key}`);
    const [sequence, root] = kept === null ? [0, ''] : Buffer.from(kept).toString('utf8').split(' ');
    const seen = Number(sequence);
    if (record.sequence < seen)
      throw new IntegrityError(`the relay answers with version ${record.sequence} of a site whose version ${seen} was seen: a rollback`);
    const hex = record.root.toString('hex');
    if (record.sequence === seen && kept !== null && root !== hex)
      throw new IntegrityError(`two different sites were signed as version ${seen}`);
    if (record.sequence > seen) await this.#shelf.put(`seen/${key}`, Buffer.from(`${record.sequence} ${hex}`));
    this.#known.delete(key);
    this.#known.set(key, { record, atMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > NAMES_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}

const keyOf = ({ key, name }: SiteAddress): string => (name === '' ? key : `${key}-${name}`);
