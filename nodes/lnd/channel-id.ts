/** BOLT 7's short channel id, "block x transaction x output", of the 64-bit number that LND writes in decimal. */
export const channelId = (number: string): string => {
  const id = BigInt(number);
  return `${id >> 40n}x${(id >> 16n) & 0xffffffn}x${id & 0xffffn}`;
};
