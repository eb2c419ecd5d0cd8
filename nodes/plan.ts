/** What a network is to be: plain values, checked where they were read (sim/scenario). The same plan opens both networks. */
import type { ChannelPolicy } from './node.ts';

export const CARRIERS = ['keysend', 'htlc-record', 'onion-message', 'peer-message'] as const;
export type CarrierKind = (typeof CARRIERS)[number];

export interface NetworkPlan {
  readonly name: string;
  readonly seed: number;
  readonly nodes: readonly NodePlan[];
  readonly channels: readonly ChannelPlan[];
  readonly origins: readonly OriginPlan[];
  /** In report.json alone, where so many nodes and channels are not listed. */
  readonly size?: NetworkSize | undefined;
  /** Machines whose IP packets relays carry. */
  readonly tunnelEnds?: readonly TunnelEndPlan[] | undefined;
  /** What lies between peers, where it is more than this machine's own wire. On docker these edges, and only these, go through a proxy. */
  readonly links?: readonly EdgePlan[] | undefined;
  readonly bitcoind?: ContainerLimits | undefined;
}

/** What a container may use of the machine; absent: as much as there is. */
export interface ContainerLimits {
  readonly memoryBytes?: number;
  readonly cpus?: number;
}

export interface NetworkSize {
  readonly nodes: number;
  readonly channels: number;
  /** Of both lists, so that two networks of one size are told apart; absent in reports from before it was kept. */
  readonly sha256?: string;
}

/** The connection of two peers, whatever number of channels it carries. */
export interface EdgePlan {
  /** Names of nodes; the first dials. */
  readonly ends: readonly [string, string];
  readonly link: LinkPlan;
}

/** What a link does to bytes, alike in both directions. */
export interface LinkPlan {
  readonly delayMs: number;
  /** Each message's delay differs by up to so much either way; at most `delayMs`. None overtakes another. */
  readonly jitterMs: number;
  /** null: as fast as the machine. */
  readonly rateBytesPerS: number | null;
  /** What a loss is to a TCP connection: nothing passes for a while. */
  readonly stall: StallPlan | null;
}

export interface StallPlan {
  /** Mean of the exponentially distributed time between the end of a stall and the next. */
  readonly everyMs: number;
  readonly forMs: number;
}

/** Does nothing to bytes; may still be cut. */
export const LINK_CLEAN: LinkPlan = { delayMs: 0, jitterMs: 0, rateBytesPerS: null, stall: null };

export interface TunnelEndPlan {
  readonly near: string;
  /** With the bits of the subnet: 10.77.0.1/24. */
  readonly address: string;
}

export interface NodePlan {
  readonly name: string;
  /** `auto` (what `sim setup` got) or an image reference. */
  readonly image: string;
  readonly commitIntervalMs: number;
  readonly onionLimiter: OnionLimiter;
  readonly storage: 'volume' | 'tmpfs';
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
  /** Further LND flags, each `--name=value`. */
  readonly flags: readonly string[];
  readonly relay: RelayPlan | null;
}

/** LND's `--protocol.onion-msg-{peer,global}-{kbps,burst-bytes}`. All zero: no limiter. */
export interface OnionLimiter {
  readonly peerKbps: number;
  readonly peerBurstBytes: number;
  readonly globalKbps: number;
  readonly globalBurstBytes: number;
}

/** LND 0.21.3's defaults. */
export const ONION_LIMITER_DEFAULT: OnionLimiter = {
  peerKbps: 512,
  peerBurstBytes: 262_144,
  globalKbps: 5_120,
  globalBurstBytes: 1_638_400,
};

export const ONION_LIMITER_OFF: OnionLimiter = { peerKbps: 0, peerBurstBytes: 0, globalKbps: 0, globalBurstBytes: 0 };

export interface RelayPlan extends ContainerLimits {
  /** What this relay may pay in all, fees included. */
  readonly budgetMsat: number;
  /** What it may pay within any 24 h, fees included; absent: no bound but the total. */
  readonly budgetPerDayMsat?: number;
  /** What it may pay for one session; absent: no bound but the others. */
  readonly budgetPerSessionMsat?: number;
  /** What one payment may cost in fees. */
  readonly feeLimitMsat: number;
  /** host:port targets it connects to as an exit; empty: none. */
  readonly allow: readonly string[];
  /** How its exit is paid where the carrier itself pays nothing; absent: it serves for nothing. */
  readonly terms?: ExitTerms;
  /** What passing on over peer messages costs whoever opens a circuit through here; absent: nothing. */
  readonly passagePrice?: Price & { readonly per: 'MiB' };
}

export interface Price {
  readonly msat: number;
  readonly per: 'MiB' | 'min';
}

export const PAYMENT_MODES = ['prepaid', 'window', 'contract'] as const;
export type PaymentMode = (typeof PAYMENT_MODES)[number];

export interface ExitTerms {
  readonly mode: PaymentMode;
  readonly price: Price;
  /** Mode window: what is served before it is paid. Its price is per MiB. */
  readonly windowBytes: number;
  /** A session whose bytes or minutes ran out stands still for so long, then it ends. */
  readonly graceMs: number;
}

export interface ChannelPlan {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly capacitySat: number;
  /** Share of the capacity that stands at `from` when the channel opens. */
  readonly balance: number;
  /** What `from` asks for forwarding out over this channel, and what `to` asks. */
  readonly policies: readonly [ChannelPolicy, ChannelPolicy];
  /** Announced as disabled, or never announced, by `from` and by `to`: nobody routes over that direction but its own node. Simulated only. */
  readonly disabled?: readonly [boolean, boolean] | undefined;
}

/** A small HTTP server that only the relay beside `near` reaches, by `name:port`. */
export interface OriginPlan {
  readonly name: string;
  readonly near: string;
  readonly port: number;
}
