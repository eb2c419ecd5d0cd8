/** A named error across HTTP: the same class, message and hint on the other side. */
import { z } from 'zod';
import {
  AnonymityError,
  ContractError,
  DeadlineError,
  FeeLimitError,
  InfrastructureError,
  IntegrityError,
  LeydenError,
  LndError,
  NoRouteError,
  NotFoundError,
  PayloadTooLargeError,
  PaymentFailedError,
  PeerError,
  RefusedError,
  ScenarioError,
  SessionError,
} from '../../errors.ts';

export const PROBLEM = z.strictObject({
  error: z.string().meta({ description: 'The error’s name', examples: ['RefusedError'] }),
  message: z.string().meta({ description: 'What was expected and what happened' }),
  hint: z.string().optional().meta({ description: 'What to try' }),
  carrier: z.string().exactOptional(),
  bytes: z.int().exactOptional(),
  limitBytes: z.int().exactOptional().meta({ description: 'The largest that fits' }),
  reason: z.string().exactOptional(),
  code: z.string().exactOptional(),
});

export type Problem = Readonly<z.output<typeof PROBLEM>>;

const PLAIN = {
  AnonymityError,
  ContractError,
  DeadlineError,
  FeeLimitError,
  InfrastructureError,
  IntegrityError,
  NoRouteError,
  NotFoundError,
  PeerError,
  RefusedError,
  ScenarioError,
  SessionError,
};

/** Ours are 409 (the world refused) with their name; a wrong request is 400; the rest is a bug, and says no more than that. */
export const problemOf = (error: unknown): { readonly status: number; readonly body: Problem } => {
  if (error instanceof LeydenError)
    return { status: 409, body: { ...extra(error), error: error.name, message: error.message, hint: error.hint } };
  if (error instanceof z.ZodError) return { status: 400, body: { error: 'BadRequest', message: z.prettifyError(error) } };
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode < 500) return { status: statusCode, body: { error: 'BadRequest', message: message ?? '' } };
  return { status: 500, body: { error: 'Error', message: error instanceof Error ? error.message : String(error) } };
};

/** The error that a problem stands for. */
export const errorOf = (problem: Problem): Error => {
  const options = problem.hint === undefined ? {} : { hint: problem.hint };
  if (problem.error === 'PayloadTooLargeError')
    return new PayloadTooLargeError(problem.carrier ?? '', problem.bytes ?? 0, problem.limitBytes ?? 0, options);
  if (problem.error === 'PaymentFailedError') return new PaymentFailedError(problem.reason ?? problem.message, options);
  if (problem.error === 'LndError') return new LndError(problem.code ?? '', problem.message, options);
  const Class = PLAIN[problem.error as keyof typeof PLAIN] ?? InfrastructureError;
  return new Class(problem.message, options);
};

const extra = (error: LeydenError): Partial<Problem> => {
  if (error instanceof PayloadTooLargeError) return { carrier: error.carrier, bytes: error.bytes, limitBytes: error.limitBytes };
  if (error instanceof PaymentFailedError) return { reason: error.reason };
  return error instanceof LndError ? { code: error.code } : {};
};
