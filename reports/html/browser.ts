/** The few things of a browser and of chart.js that draw.ts touches: types only, so that the project need not take in the whole DOM's. */

/** A chart that stands on its canvas. */
export interface Live {
  destroy(): void;
  update(mode?: string): void;
  readonly ctx: Pen;
  readonly chartArea: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly scales: Readonly<Record<string, { getPixelForValue(value: number): number }>>;
  getDatasetMeta(i: number): { readonly data: readonly { readonly x: number; readonly y: number; readonly base: number }[] };
}
/** A canvas' 2D context. */
interface Pen {
  save(): void;
  restore(): void;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
  setLineDash(dash: readonly number[]): void;
  fillText(text: string, x: number, y: number): void;
  measureText(text: string): { readonly width: number };
  font: string;
  fillStyle: string;
  strokeStyle: string;
  textAlign: string;
  textBaseline: string;
}
/** What the drawing needs of the page, and nothing of the DOM's many other names. */
export interface Page {
  readonly Chart: { new (canvas: unknown, config: object): Live; readonly defaults: { font: Record<string, unknown>; color: string } };
  readonly document: {
    readonly documentElement: unknown;
    readonly body: unknown;
    getElementById(id: string): { readonly textContent: string } | null;
    querySelectorAll(selector: string): Iterable<{ open: boolean }>;
  };
  getComputedStyle(element: unknown): { getPropertyValue(name: string): string; readonly fontFamily: string };
  matchMedia(query: string): { readonly matches: boolean; addEventListener(event: string, then: () => void): void };
  addEventListener(event: string, then: () => void): void;
}

/** A scale while chart.js builds it. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  ticks: readonly { readonly value: number }[];
}
