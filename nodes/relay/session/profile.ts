/** How a session behaves over each carrier: when it acknowledges, how much may be under way, how long it waits. */
import type { CarrierKind } from '../../plan.ts';

export interface Profile {
  /** The carrier says whether a unit arrived: that frees the congestion window, and what failed is sent again at once. */
  readonly verdict: boolean;
  /** Acknowledge after this many packets, or once none came for so long, or so long after the first that waits for it. */
  readonly ackPackets: number;
  readonly ackIdleMs: number;
  readonly ackDelayMs: number;
  /** A packet counts as lost when one sent this many packets later was acknowledged, … */
  readonly reorderPackets: number;
  /** … or one sent this long after it (or an eighth more than a round trip, if that is longer). */
  readonly reorderMs: number;
  /** Before the first sample. */
  readonly initialRttMs: number;
  readonly probeMinMs: number;
  /** Nothing was acknowledged for so long while something was owed: the client asks whether the exit still knows the session, … */
  readonly silentMs: number;
  /** … and, where no verdict tells whether the way is good, over another circuit. */
  readonly reopens: boolean;
  /** A unit whose verdict takes longer (an HTLC that hangs) has its bytes sent anew beside it. */
  readonly verdictLateMs: number;
  /** What one stream's receiver keeps at most, and its sender too; a session's receiver keeps SESSION_WINDOW_STREAMS times that. */
  readonly streamWindowBytes: number;
  /** Datagrams that wait hold no more: a second or two at the carrier's pace, for what is older is late. */
  readonly datagramQueueBytes: number;
}

/** A session's credit over the credit of one stream. */
export const SESSION_WINDOW_STREAMS = 2;

export const PROFILES: Readonly<Record<CarrierKind, Profile>> = {
  /**
   * Every acknowledgement is a payment, so they are rare. At 27 kB/s and 200 HTLCs in flight 200 kB are under way and 128
   * more before an acknowledgement goes: half a MiB keeps one stream moving.
   */
  keysend: {
    verdict: true,
    ackPackets: 128,
    ackIdleMs: 1_000,
    ackDelayMs: 8_000,
    reorderPackets: Number.POSITIVE_INFINITY,
    reorderMs: 1_000,
    initialRttMs: 1_000,
    probeMinMs: 5_000,
    silentMs: 20_000,
    reopens: false,
    verdictLateMs: 30_000,
    streamWindowBytes: 512 * 1024,
    datagramQueueBytes: 48 * 1024,
  },
  /**
   * Every acknowledgement is a payment, which costs LND nearly what one with 60 kB does. 500 kB/s over five hops take some 3 s from end
   * to end: 1.5 MB under way and as much again that waits for an acknowledgement keep one stream moving.
   */
  'htlc-record': {
    verdict: true,
    ackPackets: 24,
    ackIdleMs: 500,
    ackDelayMs: 4_000,
    reorderPackets: Number.POSITIVE_INFINITY,
    reorderMs: 1_000,
    initialRttMs: 1_000,
    probeMinMs: 5_000,
    silentMs: 30_000,
    reopens: false,
    verdictLateMs: 45_000,
    streamWindowBytes: 4 * 1024 * 1024,
    datagramQueueBytes: 256 * 1024,
  },
  /** An acknowledgement is a 1,366 B onion beside packets of 32 kB. Several sends in flight overtake each other by a few, and
   * who was overtaken is acknowledged with what comes next, an acknowledgement's delay later: what waits for less calls it lost in vain. */
  'onion-message': {
    verdict: false,
    ackPackets: 4,
    ackIdleMs: 100,
    ackDelayMs: 100,
    reorderPackets: 12,
    reorderMs: 250,
    initialRttMs: 500,
    probeMinMs: 400,
    silentMs: 6_000,
    reopens: true,
    verdictLateMs: Number.POSITIVE_INFINITY,
    streamWindowBytes: 1024 * 1024,
    datagramQueueBytes: 128 * 1024,
  },
  /** Nothing is lost while peers stay connected, so patience costs nothing; an acknowledgement costs every relay half of what a unit does. */
  'peer-message': {
    verdict: false,
    ackPackets: 16,
    ackIdleMs: 100,
    ackDelayMs: 100,
    reorderPackets: 128,
    reorderMs: 5_000,
    initialRttMs: 500,
    probeMinMs: 3_000,
    silentMs: 10_000,
    reopens: true,
    verdictLateMs: Number.POSITIVE_INFINITY,
    streamWindowBytes: 4 * 1024 * 1024,
    datagramQueueBytes: 512 * 1024,
  },
};
