/** Every failure that a caller can meet, by name. `exitCode` is the contract of the `sim` command; `hint` says what to try. */

export type ExitCode = 0 | 1 | 2 | 97 | 98 | 99 | 102 | 104 | 105;

export interface LeydenErrorOptions extends ErrorOptions {
  readonly hint?: string;
}

export abstract class LeydenError extends Error {
  abstract readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, options: LeydenErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.hint = options.hint;
  }
}

/** The scenario or the arguments are wrong; `message` opens with file:line:column where there is one. */
export class ScenarioError extends LeydenError {
  readonly exitCode = 104;
}

/** Docker, bitcoind, LND or a relay is missing or failed. */
export class InfrastructureError extends LeydenError {
  readonly exitCode: ExitCode = 2;
}

/** A process of the network ended by itself: waiting on is pointless. */
export class ProcessEndedError extends InfrastructureError {}

/** A deadline passed; the message names what was waited for and who was late. */
export class DeadlineError extends LeydenError {
  readonly exitCode = 2;
}

/** The scenario's own time limit passed. */
export class TimeLimitError extends LeydenError {
  readonly exitCode = 102;
}

/** A threshold failed, bytes differ, or a workload ended in an error. */
export class WorkloadError extends LeydenError {
  readonly exitCode = 99;
}

/** SIGINT or SIGTERM. */
export class InterruptedError extends LeydenError {
  readonly exitCode = 105;
}

/** Virtual time has nothing left to do while somebody waits. */
export class StallError extends LeydenError {
  readonly exitCode = 1;
}

/** A payload above a carrier's limit. `limitBytes` is the largest that fits. */
export class PayloadTooLargeError extends LeydenError {
  readonly exitCode = 99;
  readonly carrier: string;
  readonly bytes: number;
  readonly limitBytes: number;

  constructor(carrier: string, bytes: number, limitBytes: number, options: LeydenErrorOptions = {}) {
    super(`${carrier}: ${bytes} B do not fit: the limit here is ${limitBytes} B`, options);
    this.carrier = carrier;
    this.bytes = bytes;
    this.limitBytes = limitBytes;
  }
}

/** The payment did not settle and moved no balance. `reason` is LND's word for it. */
export class PaymentFailedError extends LeydenError {
  readonly exitCode = 99;
  readonly reason: string;
  constructor(reason: string, options: LeydenErrorOptions = {}) {
    super(`payment failed: ${reason}`, options);
    this.reason = reason;
  }
}

export class NoRouteError extends LeydenError {
  readonly exitCode = 99;
}

/** A fee above the limit given with the payment, or a budget that is used up. */
export class FeeLimitError extends LeydenError {
  readonly exitCode = 99;
}

/** The peer is not connected, or left. */
export class PeerError extends LeydenError {
  readonly exitCode = 99;
}

/** Nobody but the exit could carry answers to a client that wants no name. */
export class AnonymityError extends LeydenError {
  readonly exitCode = 99;
}

/** An exit will not connect there; `reason` is the exit's. */
export class RefusedError extends LeydenError {
  readonly exitCode = 99;
}

/** A session or a stream ended before its bytes were through. */
export class SessionError extends LeydenError {
  readonly exitCode = 99;
}

/** A site, or a file of it, that is not there. */
export class NotFoundError extends LeydenError {
  readonly exitCode = 99;
}

/** What arrived is not what was signed or hashed: nothing of it was used. */
export class IntegrityError extends LeydenError {
  readonly exitCode = 99;
}

/** A quote, a contract or a payment for a service that cannot stand: expired, altered, dearer than agreed, or not what this exit does. */
export class ContractError extends LeydenError {
  readonly exitCode = 99;
}

/** LND answered with an error that none of the above stands for. `code` is its `[code, name]`. */
export class LndError extends LeydenError {
  readonly exitCode = 2;
  readonly code: string;
  constructor(code: string, message: string, options: LeydenErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Bytes that are not what the sender of a frame may write. `message` names what was expected. */
export class FrameError extends LeydenError {
  readonly exitCode = 99;
}
