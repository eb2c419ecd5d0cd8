/**
 * A network as `lncli describegraph` writes it, to columns: 64-bit ids stand in texts, a policy may be null or missing, a direction
 * disabled. Everything is checked before it is believed; the first thing wrong is told with its place, and nothing of the file is used.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { EndColumns, Numbers } from './columns.ts';
import { GraphFileError } from './graph-file-error.ts';
import { JsonRecords, tooLong } from './json-records.ts';

const GRAPH_BYTES_MAX = 2 ** 31;
const GRAPH_NODES_MAX = 100_000;
const GRAPH_CHANNELS_MAX = 1_000_000;

const PUBLIC_KEY = /^0[23][0-9a-f]{64}$/u;
const [U16_MAX, U32_MAX, U64_MAX] = [2 ** 16 - 1, 2 ** 32 - 1, 2 ** 64 - 1];
/** All there will ever be, in sat and msat: what is more is a mistake. */
const MONEY_SAT_MAX = 2_100_000_000_000_000;

/** Node numbers are places in `keys`; an end is 2 · channel + side, side 0 being node1's. */
export interface DescribedGraph {
  readonly keys: readonly string[];
  readonly channels: number;
  readonly capacitySat: Float64Array;
  readonly ends: EndColumns;
}

/** @throws GraphFileError */
export async function readDescribedGraph(path: string, signal?: AbortSignal): Promise<DescribedGraph> {
  await using file = await opened(path);
  const stat = await file.stat();
  if (stat.isDirectory()) throw new GraphFileError('is a folder: expected a file as `lncli describegraph` writes it');
  if (stat.size > GRAPH_BYTES_MAX) throw tooLong(stat.size, GRAPH_BYTES_MAX);
  const reading = new Reading();
  for await (const records of new JsonRecords(GRAPH_BYTES_MAX).of(file, signal)) {
    for (const { list, index, line, value } of records) {
      if (list === 'nodes') reading.node(value, `line ${line}: nodes[${index}]`);
      else if (list === 'edges') reading.edge(value, `line ${line}: edges[${index}]`);
    }
  }
  return reading.done();
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new GraphFileError(code === 'ENOENT' ? 'there is no such file' : `could not be read: ${message}`);
  }
}

class Reading {
  readonly #keys: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** Which nodes the file describes, and where those that it does not were named first. */
  readonly #described: boolean[] = [];
  readonly #named: (string | null)[] = [];
  readonly #channelIds = new Map<string, number>();
  readonly #capacitySat = new Numbers(Float64Array);
  readonly #ends = new EndColumns();

  node(value: unknown, place: string): void {
    const key = publicKey((value as { pub_key?: unknown }).pub_key, `${place}.pub_key`);
    const number = this.#number(key, null);
    if (this.#described[number]) throw new GraphFileError(`${place}: the node ${key} stands in the file already: remove one of the two`);
    this.#described[number] = true;
  }

  edge(value: unknown, place: string): void {
    const edge = value as Record<string, unknown>;
    const id = channelId(edge.channel_id, `${place}.channel_id`);
    const before = this.#channelIds.get(id);
    const channel = this.#channelIds.size;
    if (before !== undefined)
      throw new GraphFileError(`${place}: the channel ${id} stands in the file already, as edges[${before}]: remove one`);
    if (channel >= GRAPH_CHANNELS_MAX) throw new GraphFileError(`${place}: more than ${GRAPH_CHANNELS_MAX} channels: leave some out`);
    this.#channelIds.set(id, channel);
    const capacitySat = whole(edge.capacity, 1, MONEY_SAT_MAX, 'sat', `${place}.capacity`);
    const nodes = (['node1_pub', 'node2_pub'] as const).map((end) =>
      this.#number(publicKey(edge[end], `${place}.${end}`), `${place}.${end}`),
    );
    if (nodes[0] === nodes[1]) throw new GraphFileError(`${place}: a channel of ${String(edge.node1_pub)} with itself`);
    this.#capacitySat.push(capacitySat);
    this.#ends.push(nodes[0]!, policy(edge.node1_policy, capacitySat, `${place}.node1_policy`));
    this.#ends.push(nodes[1]!, policy(edge.node2_policy, capacitySat, `${place}.node2_policy`));
  }

  done(): DescribedGraph {
    const lost = this.#described.findIndex((described) => !described);
    if (lost >= 0)
      throw new GraphFileError(
        `${this.#named[lost]}: no node of the file has the key ${this.#keys[lost]}: add it to nodes, or remove the channel`,
      );
    if (this.#channelIds.size === 0)
      throw new GraphFileError('has no channels: expected {"nodes": […], "edges": […]} as `lncli describegraph` writes it');
    return { keys: this.#keys, channels: this.#channelIds.size, capacitySat: this.#capacitySat.values(), ends: this.#ends };
  }

  #number(key: string, place: string | null): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#keys.length;
    if (number >= GRAPH_NODES_MAX) throw new GraphFileError(`more than ${GRAPH_NODES_MAX} nodes: leave some out`);
    this.#keys.push(key);
    this.#numbers.set(key, number);
    this.#described.push(false);
    this.#named.push(place);
    return number;
  }
}

export interface DescribedPolicy {
  readonly feeBaseMsat: number;
  readonly feePpm: number;
  readonly cltvDelta: number;
  readonly minMsat: number;
  readonly maxMsat: number;
  readonly disabled: boolean;
}

/** As if it had been announced and then disabled: nobody can route over what nobody announced. */
const UNKNOWN: DescribedPolicy = { feeBaseMsat: 0, feePpm: 0, cltvDelta: 80, minMsat: 1, maxMsat: 0, disabled: true };

function policy(value: unknown, capacitySat: number, place: string): DescribedPolicy {
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value !== 'object' || Array.isArray(value))
    throw new GraphFileError(`${place}: expected a policy or null, found ${shown(value)}`);
  const { fee_base_msat, fee_rate_milli_msat, time_lock_delta, min_htlc, max_htlc_msat, disabled } = value as Record<string, unknown>;
  const capacityMsat = capacitySat * 1000;
  const maxMsat = whole(max_htlc_msat ?? 0, 0, U64_MAX, 'msat', `${place}.max_htlc_msat`);
  return {
    feeBaseMsat: whole(fee_base_msat, 0, U32_MAX, 'msat', `${place}.fee_base_msat`),
    // LND's word: millionths.
    feePpm: whole(fee_rate_milli_msat, 0, U32_MAX, 'ppm', `${place}.fee_rate_milli_msat`),
    cltvDelta: whole(time_lock_delta, 0, U16_MAX, 'blocks', `${place}.time_lock_delta`),
    minMsat: Math.min(whole(min_htlc, 0, U64_MAX, 'msat', `${place}.min_htlc`), Number.MAX_SAFE_INTEGER),
    maxMsat: maxMsat === 0 ? capacityMsat : Math.min(maxMsat, capacityMsat),
    disabled: disabled === true,
  };
}

function publicKey(value: unknown, place: string): string {
  if (typeof value === 'string' && PUBLIC_KEY.test(value)) return value;
  throw new GraphFileError(`${place}: expected a public key, 66 hex digits, found ${shown(value)}`);
}

/** 64 bits: a text, since a JSON number that large is not exact. */
function channelId(value: unknown, place: string): string {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && /^\d{1,20}$/u.test(text) && BigInt(text) < 2n ** 64n) return text;
  throw new GraphFileError(`${place}: expected a channel id, 64 bits as text, found ${shown(value)}`);
}

/** A whole number, or the text of one. */
function whole(value: unknown, min: number, max: number, unit: string, place: string): number {
  const text = typeof value === 'number' ? String(value) : value;
  const number = typeof text === 'string' && /^-?\d{1,20}$/u.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new GraphFileError(`${place}: expected a whole number of ${unit} from ${min} to ${max}, found ${shown(value)}`);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
