/**
 * Openings that were taken: whoever recorded one and sends it again gets no second circuit with the first one's keys. Half of the
 * memory is forgotten at a time; at the rate that all peers together may open (open-gate.ts) that takes four minutes at least.
 */
const SEEN_MAX = 65_536;
/** Of the packet's HMAC, which only who knows the shared secret can make. */
const MARK_BYTES = 16;

export class SeenOpenings {
  #recent = new Set<string>();
  #before = new Set<string>();

  has(packet: Uint8Array): boolean {
    const mark = markOf(packet);
    return this.#recent.has(mark) || this.#before.has(mark);
  }

  add(packet: Uint8Array): void {
    if (this.#recent.size >= SEEN_MAX / 2) {
      this.#before = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(markOf(packet));
  }
}

const markOf = (packet: Uint8Array): string => Buffer.from(packet.subarray(-MARK_BYTES)).toString('latin1');
