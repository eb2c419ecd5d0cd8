/** Bytes that a forwarding hop's payload takes in the onion: length, amount (tu64), expiry (tu32), short channel id, HMAC (BOLT 4). */
export function hopPayloadBytes(amountMsat: number, expiry: number): number {
  // 1 for the length, type and length for each of three records, 8 for the id, 32 for the HMAC.
  return 47 + truncatedBytes(amountMsat) + truncatedBytes(expiry);
}

function truncatedBytes(value: number): number {
  if (value < 0x100) return value === 0 ? 0 : 1;
  if (value < 0x1_0000) return 2;
  if (value < 0x100_0000) return 3;
  if (value < 0x1_0000_0000) return 4;
  if (value < 0x100_0000_0000) return 5;
  return value < 0x1_0000_0000_0000 ? 6 : 7;
}
