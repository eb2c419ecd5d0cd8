/** What can happen in the model, by number. Numbers are part of every trace: append, never renumber. */
import { REVOCABLE } from './event-queue.ts';

/** What a thread or a host does (engine/jobs.ts), beside what it is done for. */
export const JOB = {
  /** A function of whoever asked. */
  call: 0,
  /** An update_add_htlc, update_fulfill_htlc or update_fail_htlc is made. Argument: the HTLC. */
  update: 1,
  /** One is taken in. Argument: the HTLC. */
  updated: 2,
  /** commitment_signed is made; checked. Argument: the end that does it. */
  sign: 4,
  verify: 5,
  /** revoke_and_ack is processed. Argument: the end that does it. */
  revoked: 6,
  /** LND takes a payment in; learns how it ended. Argument: the payment. */
  paymentStart: 8,
  paymentEnd: 9,
  /** The commit ticker fires. Argument: the end. */
  tick: 10,
} as const;

export const JOBS = 11;

export const EVENT = {
  /** A function of whoever asked: relays, workloads, whatever happens seldom. */
  callback: REVOCABLE,
  /** The first message on the wire of one direction of a connection arrives. a: the wire, b: how often its connection was lost. */
  wire: 2,
  /** A link's commit tick. a: the end. */
  commitTick: 3,
  /** Whatever drives the engine asked for this: traffic, a measurement. a, b: its own. */
  timer: 4,
  /** A payment is due. a: its route, b: its tag. */
  payment: 5,
  /** A job has come to where it shares a transaction. a: its row. The transaction begins. a: the node's file. */
  batchAsked: 6,
  batchFires: 7,
  /** And above: a job of kind (this − 16) has ended. a: the thread, −1 for none; b: its argument. */
  job: 16,
} as const;

export const EVENT_KINDS = EVENT.job + JOBS;
