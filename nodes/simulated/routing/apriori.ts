/**
 * How likely a hop is to carry an amount: LND's apriori estimator (routing/probability_apriori.go at v0.21.3-beta), with its defaults
 * (lnrpc/routerrpc/config.go). What was seen of a pair of nodes counts fully when fresh and half after each half-life.
 */

export interface AprioriParameters {
  readonly hopProbability: number;
  /** 1: what was seen of a node's other channels counts nothing. */
  readonly weight: number;
  readonly halfLifeUs: number;
  readonly capacityFraction: number;
}

const HOUR_US = 3_600_000_000;

export const APRIORI: AprioriParameters = { hopProbability: 0.6, weight: 0.5, halfLifeUs: HOUR_US, capacityFraction: 0.9999 };

/** LND's prevSuccessProbability: of a pair that carried as much before, and of one's own channels. */
export const SUCCEEDED_BEFORE = 0.95;
const CAPACITY_SMEARING = 0.025;
const CAPACITY_FACTOR_MIN = 0.5;
/** Where exp(x) is so great that 1 − 0.5 / (1 + exp(x)) rounds to 1: 2^53 < e^37. */
const EXPONENT_OF_NO_EFFECT = 37;

/** A logistic step from 1 down to a half as the amount nears the capacity; 0 above it. */
export function capacityFactor(amountMsat: number, capacityMsat: number, fraction: number): number {
  if (fraction === 1) return 1;
  if (amountMsat > capacityMsat) return 0;
  const exponent = (fraction * capacityMsat - amountMsat) / (CAPACITY_SMEARING * capacityMsat);
  if (exponent > EXPONENT_OF_NO_EFFECT) return 1;
  return 1 - (1 - CAPACITY_FACTOR_MIN) / (1 + Math.exp(exponent));
}

/** How much a failure of this age still counts, 1 to 0. */
export function failureWeight(ageUs: number, halfLifeUs: number): number {
  return 2 ** (-ageUs / halfLifeUs);
}
