/** Units of the four kinds by which payments reach a client through a third relay, handed to whichever side of it this relay is. */

import type { CarrierKind } from '../../plan.ts';
import type { Arrival, Carrier } from '../carrier/carrier.ts';
import { readUnit, UNIT, type UnitHeader } from '../wire/unit.ts';
import { Passing, type PassingOptions } from './passing.ts';
import { Seeker, type SeekOptions } from './seek.ts';

export interface RendezvousOptions extends PassingOptions, SeekOptions {
  readonly node: SeekOptions['node'];
  readonly carriers: ReadonlyMap<CarrierKind, Carrier>;
  /** A unit that another relay passed on to this one. */
  deliver(header: UnitHeader, unit: Uint8Array, arrival: Arrival): void;
}

export class Rendezvous {
  readonly passing: Passing;
  readonly seeker: Seeker;
  readonly #deliver: RendezvousOptions['deliver'];

  constructor(options: RendezvousOptions) {
    this.passing = new Passing(options);
    this.seeker = new Seeker(options);
    this.#deliver = options.deliver;
  }

  /** False when the unit is of another kind. @throws FrameError for what was passed on and is no unit of a session. */
  receive({ kind, id, body }: UnitHeader, arrival: Arrival): boolean {
    switch (kind) {
      case UNIT.enlist:
        this.passing.asked(id, body, arrival);
        return true;
      case UNIT.enlisted:
        this.seeker.answered(id, body, arrival);
        return true;
      case UNIT.pass:
        this.passing.pass(id, body, arrival);
        return true;
      case UNIT.passed: {
        const inner = readUnit(body);
        if (inner.kind === UNIT.welcome || inner.kind === UNIT.packet) this.#deliver(inner, body, { ...arrival, rendezvous: id });
        return true;
      }
      default:
        return false;
    }
  }
}
