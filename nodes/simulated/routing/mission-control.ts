/**
 * What each payer remembers of the pairs of nodes that its payments crossed: LND's mission control (routing/missioncontrol_state.go at
 * v0.21.3-beta), one memory for a network in typed columns. Per payer a chain of nodes, per node a chain of the pairs that begin there.
 */
import { APRIORI, type AprioriParameters, capacityFactor, failureWeight, SUCCEEDED_BEFORE } from './apriori.ts';

/** LND's MinFailureRelaxInterval: a failure at a higher amount this soon after one at a lower says nothing new. */
const RELAX_US = 60_000_000;
/** LND's minSecondChanceInterval. */
const SECOND_CHANCE_US = 60_000_000;
const NEVER = -1;
const NONE = -1;
const ROWS_FIRST = 1024;

export class MissionControl {
  readonly parameters: AprioriParameters;
  /** [nodes] a payer's first node row. */
  readonly #rowsOf: Int32Array;
  #node = new Int32Array(ROWS_FIRST);
  #nextNode = new Int32Array(ROWS_FIRST);
  #firstPair = new Int32Array(ROWS_FIRST);
  #nodeRows = 0;
  #to = new Int32Array(ROWS_FIRST);
  #nextPair = new Int32Array(ROWS_FIRST);
  #failedAtUs = new Float64Array(ROWS_FIRST);
  #failedMsat = new Float64Array(ROWS_FIRST);
  #succeededMsat = new Float64Array(ROWS_FIRST);
  #chanceAtUs = new Float64Array(ROWS_FIRST);
  #pairRows = 0;

  constructor(nodes: number, parameters: AprioriParameters = APRIORI) {
    this.parameters = parameters;
    this.#rowsOf = new Int32Array(nodes).fill(NONE);
  }

  /** Pairs that somebody remembers. */
  get size(): number {
    return this.#pairRows;
  }

  /** Calls with each node of which the payer remembers something, and the first pair that begins there. */
  eachNode(payer: number, visit: (node: number, firstPair: number) => void): void {
    for (let row = this.#rowsOf[payer]!; row !== NONE; row = this.#nextNode[row]!) visit(this.#node[row]!, this.#firstPair[row]!);
  }

  /** getNodeProbability and calculateProbability: that `to` is reached with this amount from the node whose first pair this is (−1: none). */
  probability(firstPair: number, to: number, amountMsat: number, capacityMsat: number, nowUs: number): number {
    const { hopProbability, weight, halfLifeUs, capacityFraction } = this.parameters;
    const apriori = hopProbability * capacityFactor(amountMsat, capacityMsat, capacityFraction);
    if (firstPair === NONE) return apriori;
    let nodeProbability = apriori;
    if (weight !== 1) {
      const aprioriFactor = 1 / (1 - weight) - 1;
      let total = apriori * aprioriFactor;
      let weights = aprioriFactor;
      for (let pair = firstPair; pair !== NONE; pair = this.#nextPair[pair]!) {
        if (amountMsat <= this.#succeededMsat[pair]!) {
          weights += 1;
          total += SUCCEEDED_BEFORE;
        } else if (this.#failedAtUs[pair] !== NEVER && amountMsat >= this.#failedMsat[pair]!) {
          weights += failureWeight(nowUs - this.#failedAtUs[pair]!, halfLifeUs);
        }
      }
      nodeProbability = total / weights;
    }
    return this.#ofPair(firstPair, to, amountMsat, nodeProbability, nowUs);
  }

  /** LocalPairProbability: of the payer's own channels its balance is known, so only a fresh failure tells. */
  localProbability(firstPair: number, to: number, nowUs: number): number {
    return this.#ofPair(firstPair, to, Number.MAX_SAFE_INTEGER, SUCCEEDED_BEFORE, nowUs);
  }

  /** setLastPairResult for a success. */
  succeeded(payer: number, from: number, to: number, amountMsat: number): void {
    const pair = this.#pair(payer, from, to);
    if (amountMsat > this.#succeededMsat[pair]!) this.#succeededMsat[pair] = amountMsat;
    if (this.#failedAtUs[pair] !== NEVER && amountMsat >= this.#failedMsat[pair]!) this.#failedMsat[pair] = amountMsat + 1;
  }

  /** setLastPairResult for a failure; 0 msat: it would have failed whatever the amount. */
  failed(payer: number, from: number, to: number, amountMsat: number, nowUs: number): void {
    const pair = this.#pair(payer, from, to);
    const before = this.#failedAtUs[pair]!;
    if (before !== NEVER && amountMsat > this.#failedMsat[pair]! && nowUs - before < RELAX_US) return;
    this.#failedAtUs[pair] = nowUs;
    this.#failedMsat[pair] = amountMsat;
    if (amountMsat === 0) this.#succeededMsat[pair] = 0;
    else if (amountMsat <= this.#succeededMsat[pair]!) this.#succeededMsat[pair] = amountMsat - 1;
  }

  /** setAllFail: every remembered pair to or from this node. */
  nodeFailed(payer: number, node: number, nowUs: number): void {
    this.eachNode(payer, (from, firstPair) => {
      for (let pair = firstPair; pair !== NONE; pair = this.#nextPair[pair]!) {
        if (from !== node && this.#to[pair] !== node) continue;
        this.#failedAtUs[pair] = nowUs;
        this.#failedMsat[pair] = 0;
        this.#succeededMsat[pair] = 0;
      }
    });
  }

  /** requestSecondChance: once a minute a pair that names an old policy is forgiven, since the update came with the failure. */
  secondChance(payer: number, from: number, to: number, nowUs: number): boolean {
    const pair = this.#pair(payer, from, to);
    const before = this.#chanceAtUs[pair]!;
    if (before !== NEVER && nowUs - before <= SECOND_CHANCE_US) return false;
    this.#chanceAtUs[pair] = nowUs;
    return true;
  }

  #ofPair(firstPair: number, to: number, amountMsat: number, nodeProbability: number, nowUs: number): number {
    for (let pair = firstPair; pair !== NONE; pair = this.#nextPair[pair]!) {
      if (this.#to[pair] !== to) continue;
      if (amountMsat <= this.#succeededMsat[pair]!) return SUCCEEDED_BEFORE;
      const failedAtUs = this.#failedAtUs[pair]!;
      if (failedAtUs === NEVER || amountMsat < this.#failedMsat[pair]!) return nodeProbability;
      return nodeProbability * (1 - failureWeight(nowUs - failedAtUs, this.parameters.halfLifeUs));
    }
    return nodeProbability;
  }

  #pair(payer: number, from: number, to: number): number {
    const row = this.#row(payer, from);
    for (let pair = this.#firstPair[row]!; pair !== NONE; pair = this.#nextPair[pair]!) if (this.#to[pair] === to) return pair;
    const pair = this.#pairRows++;
    if (pair === this.#to.length) this.#growPairs();
    this.#to[pair] = to;
    this.#nextPair[pair] = this.#firstPair[row]!;
    this.#firstPair[row] = pair;
    this.#failedAtUs[pair] = NEVER;
    this.#chanceAtUs[pair] = NEVER;
    return pair;
  }

  #row(payer: number, node: number): number {
    for (let row = this.#rowsOf[payer]!; row !== NONE; row = this.#nextNode[row]!) if (this.#node[row] === node) return row;
    const row = this.#nodeRows++;
    if (row === this.#node.length) this.#growRows();
    this.#node[row] = node;
    this.#firstPair[row] = NONE;
    this.#nextNode[row] = this.#rowsOf[payer]!;
    this.#rowsOf[payer] = row;
    return row;
  }

  #growRows(): void {
    this.#node = doubled(this.#node);
    this.#nextNode = doubled(this.#nextNode);
    this.#firstPair = doubled(this.#firstPair);
  }

  #growPairs(): void {
    this.#to = doubled(this.#to);
    this.#nextPair = doubled(this.#nextPair);
    this.#failedAtUs = doubled(this.#failedAtUs);
    this.#failedMsat = doubled(this.#failedMsat);
    this.#succeededMsat = doubled(this.#succeededMsat);
    this.#chanceAtUs = doubled(this.#chanceAtUs);
  }
}

function doubled<T extends Int32Array | Float64Array>(column: T): T {
  const grown = new (column.constructor as new (length: number) => T)(2 * column.length);
  grown.set(column);
  return grown;
}
