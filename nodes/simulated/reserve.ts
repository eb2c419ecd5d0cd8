/** BOLT 2: what each side must keep; LND asks for one percent of the capacity. */
export const RESERVE_SHARE = 0.01;
