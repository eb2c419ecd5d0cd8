/** What the pool's tests have done: slow ones first, so that results come out of order. */
import { PaymentFailedError, ScenarioError } from '../nodes/errors.ts';
import { traceOfMixedLoad } from './simulated/mixed-load.ts';

export type TestJob = { readonly number: number; readonly failing?: 'scenario' | 'payment' | 'bug' } | { readonly seed: number };

export async function job(given: TestJob): Promise<string> {
  if ('seed' in given) return `${given.seed} ${await traceOfMixedLoad(given.seed)}`;
  const { number, failing } = given;
  if (failing === 'scenario')
    throw new ScenarioError(`job ${number} is written wrong`, { hint: 'write it right', cause: new Error('deep') });
  if (failing === 'payment') throw new PaymentFailedError('NO_ROUTE');
  if (failing === 'bug') throw new TypeError(`job ${number} has a bug`);
  for (let turn = 0; turn < 50 - number; turn++) await new Promise((resolve) => setImmediate(resolve));
  return `job ${number}`;
}
