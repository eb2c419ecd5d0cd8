/** What can happen in the model, by number. Numbers are part of every trace: append, never renumber. */
import { REVOCABLE } from './event-queue.ts';

export const EVENT = {
  /** A function of whoever asked: relays, workloads, whatever happens seldom. */
  callback: REVOCABLE,
  /** A thread's job has ended: computed, and written to disk. a: the job. */
  jobDone: 2,
  /** The first message on the wire of one direction of a connection arrives. a: the wire. */
  wire: 3,
  /** A link's commit tick. a: the end. */
  commitTick: 4,
  /** A job of the machine that no thread waits behind. a: the job. */
  computed: 5,
  /** A payment is begun. a: the payment. */
  payment: 6,
  /** Whatever drives the engine asked for this: traffic, a measurement. a, b: its own. */
  timer: 7,
} as const;

export const EVENT_KINDS = 8;
