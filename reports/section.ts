/** What a report's page is made of, before it is HTML or markdown: sections of text, charts and tables, plain values. */
export interface Section {
  /** Anchor in the page. */
  readonly id: string;
  readonly title: string;
  /** Sentences, each a paragraph. Plain text from us and from the scenario: escaped where it is rendered. */
  readonly text: readonly string[];
  readonly figures: readonly Figure[];
}

/** A chart with its table; a chart's table is folded, a table alone is open. */
export interface Figure {
  readonly caption: string;
  readonly chart?: Chart;
  readonly graph?: Graph;
  /** Across the page, though others stand in the same section. */
  readonly wide?: boolean;
  readonly table: Table;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Rows that were left out, and where they stand. */
  readonly more?: string;
}

export interface Column {
  readonly title: string;
  /** `name`: verbatim from the scenario or the machine. */
  readonly kind: 'text' | 'name' | 'number';
}

export type Tone = 'ink' | 'keysend' | 'htlc-record' | 'onion-message' | 'peer-message' | 'quiet' | `step${0 | 1 | 2 | 3 | 4 | 5}`;

export interface Axis {
  readonly title: string;
  readonly scale: 'linear' | 'log';
  /** For the labels: a unit that `quantity` knows, or `count` for whole numbers. */
  readonly unit: string;
  readonly min?: number;
  readonly max?: number;
}

export interface Series {
  readonly label: string;
  readonly tone: Tone;
  readonly dash?: boolean;
  /** Points as rings, so that others show through. */
  readonly ring?: boolean;
  readonly small?: boolean;
  /** Shape of its points; none: a bare line. */
  readonly marker?: 'circle' | 'rect' | 'triangle' | 'down' | 'diamond';
  /** A step, as a distribution has. */
  readonly stepped?: boolean;
  /** The ground below it tinted. */
  readonly filled?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export type Chart =
  | {
      readonly kind: 'lines';
      /** What is to be seen, for who cannot see it. */
      readonly label: string;
      readonly x: Axis;
      readonly y: Axis;
      readonly series: readonly Series[];
      readonly reference?: { readonly label: string; readonly y: number };
      /** What happened meanwhile: a line at `from`, and a band until `to` where it lasted. */
      readonly marks?: readonly Mark[];
    }
  /** Rows of names; `points` are [figure, index of the row]. */
  | {
      readonly kind: 'dots';
      readonly label: string;
      readonly x: Axis;
      readonly rows: readonly string[];
      readonly series: readonly Series[];
      readonly marks?: readonly Mark[];
    }
  /** Rows of names, each a bar from one figure to another. */
  | {
      readonly kind: 'bars';
      readonly label: string;
      readonly x: Axis;
      readonly rows: readonly {
        readonly name: string;
        readonly tone: Tone;
        readonly from: number;
        readonly to: number;
        readonly text: string;
      }[];
      readonly marks?: readonly Mark[];
    };

/** On the x axis: a line at `from`, and a band until `to` where it lasted. */
export interface Mark {
  readonly from: number;
  readonly to?: number;
  readonly label: string;
}

/** Nodes and channels to be drawn. */
export interface Graph {
  readonly label: string;
  readonly nodes: readonly { readonly name: string; readonly relay: boolean; readonly note: string }[];
  readonly channels: readonly {
    readonly from: string;
    readonly to: string;
    readonly capacity: string;
    /** How many, how much, and what it earned, a line each; null where that is not known. */
    readonly carried: readonly string[] | null;
    /** Share of what the busiest channel carried, 0 … 1: how thick it is drawn. */
    readonly share: number;
  }[];
}

/** Rows of a table in the page; all of them stand in the CSV files. */
export const ROWS_MAX = 200;

/** A table of at most ROWS_MAX rows, which says where the others are. */
export function bounded(columns: readonly Column[], rows: readonly (readonly string[])[], elsewhere: string): Table {
  if (rows.length <= ROWS_MAX) return { columns, rows };
  return { columns, rows: rows.slice(0, ROWS_MAX), more: `${rows.length - ROWS_MAX} more rows in ${elsewhere}` };
}

export function toneOf(carrier: string): Tone {
  return carrier === 'keysend' || carrier === 'htlc-record' || carrier === 'onion-message' || carrier === 'peer-message'
    ? carrier
    : 'quiet';
}

/** For things in an order: hops, units in flight. The sixth colour stands for all that come after. */
export function stepTone(index: number): Tone {
  return `step${Math.max(0, Math.min(5, index)) as 0 | 1 | 2 | 3 | 4 | 5}`;
}
