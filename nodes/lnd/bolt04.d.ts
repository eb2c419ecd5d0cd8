// bolt04 ships no types; these are the parts in use (its README and sources, 1.2.0).
declare module 'bolt04' {
  export function blindedPathFromHops(args: { hops: string[]; id?: string }): {
    id: string;
    key: string;
    path: { encrypted_data: string; relay_key: string }[];
  };
  export function onionForPath(args: {
    inbound: { encrypted_data: string; relay_key: string }[];
    key: string;
    outbound: string[];
    records?: { type: string; value: string }[];
    reply?: string[];
    secret?: string;
  }): { id?: string; key: string; onion: string };
}
declare module 'bolt04/blinding/index.js' {
  const blinding: {
    padHopData(args: { bytes?: number; records: { type: string; value: string }[][] }): { data: Buffer[] };
    createBlindedPath(args: { hops: { data: Buffer; public_key: Buffer }[]; secret?: Buffer }): {
      hops: { encrypted_data: Buffer; blinded_public_key: Buffer }[];
      key: Buffer;
    };
  };
  export default blinding;
}
declare module 'bolt04/packets/encode_onion_packet.js' {
  export default function encodeOnionPacket(args: {
    data?: Buffer;
    hops: { payload: Buffer; public_key: Buffer }[];
    session_key?: Buffer;
  }): { onion: Buffer };
}
declare module 'bolt01' {
  export function encodeTlvStream(args: { records: { type: string; value: string }[] }): { encoded: string };
}
declare module 'bolt04/packets/decode_onion_packet.js' {
  export default function decodeOnionPacket(args: { data?: Buffer; onion: Buffer; secret: Buffer }): { onion?: Buffer; payload: Buffer };
}
