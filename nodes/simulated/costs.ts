/**
 * What things cost, in µs: the model's only numbers that were measured and not read in a specification. Each stands for work that a
 * stock LND 0.21.3 does (or the JavaScript beside it), and all of them share the host's cores, so latencies and rates follow from
 * these rather than being put in. `sim calibrate` writes them; those that ship are in profile/default.json, held against other figures of
 * real LND in test/simulated/lnd-figures.test.ts. `cpu` keeps a core busy; a disk only lets wait.
 */
export interface Costs {
  readonly cores: number;
  /** Every job takes its cost times 1 ± this, drawn from its node's generator. */
  readonly spread: number;
  /** One way between two nodes of the host. */
  readonly wireUs: number;

  /** Share of LND's work that is done beside what waits for it: garbage collection, the kernel, logs. */
  readonly asideShare: number;
  /** One transaction of bbolt: the disk's share (zero on tmpfs), the processor's, and per byte of large records in it. */
  readonly dbCommitUs: number;
  readonly dbCommitCpuUs: number;
  readonly dbUsPerByte: number;
  readonly dbCpuUsPerByte: number;

  /** What a program does for a payment that it makes, and for one that it is told of: routes, records and answers as JavaScript has them. */
  readonly payCallCpuUs: number;
  readonly heardPaymentCpuUs: number;
  /** Per byte of records beside an HTLC: made and sealed by the relay that pays, opened and sealed again on the way (as asked and as answered), taken at the end. */
  readonly recordsMadeCpuUsPerByte: number;
  readonly recordsPassedCpuUsPerByte: number;
  readonly recordsHeardCpuUsPerByte: number;

  /** LND takes a payment in, builds its onion, and writes its end down. */
  readonly paymentStartCpuUs: number;
  readonly paymentOnionCpuUs: number;
  readonly paymentEndCpuUs: number;
  /** An invoice is made for a keysend and settled. */
  readonly invoiceCpuUs: number;
  /** An HTLC is offered, taken, passed on to the next link; settled by and at the two ends of a channel. */
  readonly htlcOfferCpuUs: number;
  readonly htlcAcceptCpuUs: number;
  readonly htlcForwardCpuUs: number;
  readonly htlcSettleCpuUs: number;
  /** Wire records of an HTLC pass through each end of a channel: logs and the forwarding package are written with them. */
  readonly wireRecordCpuUsPerByte: number;
  /** One commitment_signed is made, checked; one revoke_and_ack is processed. */
  readonly commitSignCpuUs: number;
  readonly commitVerifyCpuUs: number;
  readonly revokeCpuUs: number;
  /** Each of the three, per HTLC under way on the channel: states are written with all of them. */
  readonly stateCpuUsPerHtlc: number;
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
  /** LND takes one from a program and sends it, per byte as a peer message. */
  readonly onionSendCpuUs: number;
  /** LND peels one, and where it ends hands it to a program. */
  readonly onionPeelCpuUs: number;
  readonly onionPeelCpuUsPerByte: number;
  readonly onionDeliverCpuUs: number;

  /** A TCP connection to an origin: one way, and per byte. */
  readonly socketUs: number;
  readonly socketUsPerByte: number;
}
