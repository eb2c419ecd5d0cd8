/**
 * What things cost, in µs: the model's only numbers that were measured and not read in a specification. Each stands for work that a
 * stock LND 0.21.3 does (or the JavaScript beside it), and all of them share the host's cores, so latencies and rates follow from
 * these rather than being put in. First fitted by hand to LND 0.21.3 (2 cores, bbolt on overlay2; the figures stand in
 * test/simulated/lnd-figures.test.ts); `sim calibrate` is to write them. `cpu` keeps a core busy; `disk` only waits.
 */
export interface Costs {
  readonly cores: number;
  /** Every job takes its cost times 1 ± this, drawn from its node's generator. */
  readonly spread: number;
  /** One way between two nodes of the host. */
  readonly wireUs: number;

  /** LND takes a payment in: path-finding, control tower; and its end. */
  readonly paymentStartCpuUs: number;
  readonly paymentEndCpuUs: number;
  /** An invoice is made for a keysend and settled. */
  readonly invoiceCpuUs: number;
  readonly invoiceDiskUs: number;
  /** An HTLC is offered, taken, passed on to the next link; settled by and at the two ends of a channel. */
  readonly htlcOfferCpuUs: number;
  readonly htlcAcceptCpuUs: number;
  readonly htlcForwardCpuUs: number;
  readonly htlcSettleCpuUs: number;
  /** Wire records of an HTLC pass through each end of a channel: logs and the forwarding package are written with them. */
  readonly wireRecordCpuUsPerByte: number;
  readonly wireRecordDiskUsPerByte: number;
  /** One commitment_signed is made, checked; one revoke_and_ack is processed. */
  readonly commitSignCpuUs: number;
  readonly commitVerifyCpuUs: number;
  readonly revokeCpuUs: number;
  /** A write that must be on disk before the answer goes out. Zero on tmpfs. */
  readonly commitDiskUs: number;
  /** After a reconnect: channel_reestablish until the channel is active. */
  readonly reestablishUs: number;
  /** A message that BOLT 8 cannot frame costs the connection, at most this long after the error. */
  readonly dropUs: number;
  /** LND dials a peer with channels again after a lost connection. */
  readonly redialUs: number;

  /** One call between the program and its LND, either way, and per byte of it. */
  readonly callCpuUs: number;
  readonly callCpuUsPerByte: number;
  /** LND handles one peer message, on each side. */
  readonly peerMessageCpuUs: number;
  readonly peerMessageCpuUsPerByte: number;
  /** Work that a peer message causes on each side beside its way: garbage collection, the kernel. */
  readonly asideCpuUsPerByte: number;
  /** Until a call in flight is taken up, at most, and per byte: calls overtake one another by it. */
  readonly callScheduleUs: number;
  readonly callScheduleUsPerByte: number;

  /** The sender builds an onion: once, per hop, per byte of the packet. */
  readonly onionBuildCpuUs: number;
  readonly onionBuildCpuUsPerHop: number;
  readonly onionBuildCpuUsPerByte: number;
  /** LND peels and passes on one onion message. */
  readonly onionPeelCpuUs: number;
  readonly onionPeelCpuUsPerByte: number;

  /** A TCP connection to an origin: one way, and per byte. */
  readonly socketUs: number;
  readonly socketUsPerByte: number;
}
