/**
 * Draws the page's charts in the reader's browser. The page carries this function's source text, so it may use nothing outside
 * itself but what it is given and the browser's own names; it is checked in a real Chromium in test/reports.
 */
import type { Chart as Drawn, Series } from '../section.ts';

export function draw(quantity: (value: number, unit: string) => string): void {
  interface Live {
    destroy(): void;
    update(mode?: string): void;
    readonly ctx: Pen;
    readonly chartArea: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
    readonly scales: Readonly<Record<string, { getPixelForValue(value: number): number }>>;
    getDatasetMeta(i: number): { readonly data: readonly { readonly x: number; readonly y: number }[] };
  }
  interface Pen {
    save(): void;
    restore(): void;
    beginPath(): void;
    moveTo(x: number, y: number): void;
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
  interface Page {
    readonly Chart: { new (canvas: unknown, config: object): Live; readonly defaults: { font: Record<string, unknown>; color: string } };
    readonly document: {
      readonly documentElement: unknown;
      readonly body: unknown;
      getElementById(id: string): { readonly textContent: string } | null;
      querySelectorAll(selector: string): Iterable<{ open: boolean }>;
    };
    getComputedStyle(element: unknown): { getPropertyValue(name: string): string; readonly fontFamily: string };
    matchMedia(query: string): { addEventListener(event: string, then: () => void): void };
    addEventListener(event: string, then: () => void): void;
  }
  const page = globalThis as unknown as Page;
  const charts = JSON.parse(page.document.getElementById('charts')?.textContent ?? '[]') as readonly Drawn[];
  const colour = (name: string): string => page.getComputedStyle(page.document.documentElement).getPropertyValue(`--${name}`).trim();
  const label = (value: number, unit: string): string => quantity(value, unit === 'count' ? '' : unit);

  /** On a logarithmic scale only 1, 2 and 5 have a label, fewer where it spans many decades. */
  const axis = (a: { title: string; scale: string; unit: string; min?: number; max?: number }, span: number): object => ({
    type: a.scale === 'log' ? 'logarithmic' : 'linear',
    ...(a.min === undefined ? {} : { min: a.min }),
    ...(a.max === undefined ? {} : { max: a.max }),
    ...(a.scale === 'linear' ? { grace: a.max === undefined ? '4%' : 0 } : {}),
    title: { display: true, text: a.title, color: colour('soft') },
    grid: { color: colour('grid'), drawTicks: false },
    border: { display: false },
    ticks: {
      color: colour('soft'),
      padding: 8,
      maxRotation: 0,
      autoSkipPadding: 14,
      ...(a.unit === 'count' ? { precision: 0 } : {}),
      callback: (value: number): string => {
        if (a.scale === 'log') {
          const digit = Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
          if (!(span > 1000 ? [1] : span > 100 ? [1, 3] : [1, 2, 5]).includes(digit)) return '';
        }
        return label(value, a.unit);
      },
    },
  });
  const spanOf = (values: readonly number[]): number => {
    const above = values.filter((value) => value > 0);
    return above.length === 0 ? 1 : Math.max(...above) / Math.min(...above);
  };
  const style = (series: Series): object => {
    const tone = colour(series.tone);
    return {
      label: series.label,
      borderColor: tone,
      backgroundColor: tone,
      borderWidth: 2,
      borderDash: series.dash ? [5, 4] : [],
      pointStyle: series.marker === 'down' ? 'triangle' : series.marker === 'cross' ? 'crossRot' : (series.marker ?? 'line'),
      rotation: series.marker === 'down' ? 180 : 0,
      pointRadius: series.marker ? 4.5 : 0,
      pointHoverRadius: 6,
      stepped: series.stepped ? 'before' : false,
      clip: false,
    };
  };
  const options = (unit: { x: string; y: string }, legend: boolean): Record<string, unknown> => ({
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    layout: { padding: { right: 12, top: 4 } },
    interaction: { mode: 'nearest', intersect: false },
    plugins: {
      legend: {
        display: legend,
        position: 'top',
        align: 'start',
        labels: { usePointStyle: true, color: colour('ink'), boxHeight: 6, padding: 14 },
      },
      tooltip: {
        displayColors: false,
        callbacks: {
          title: () => '',
          label: (item: { dataset: { label: string }; parsed: { x: number; y: number } }): string =>
            `${item.dataset.label}: ${[unit.x && label(item.parsed.x, unit.x), unit.y && label(item.parsed.y, unit.y)].filter(Boolean).join(', ')}`,
        },
      },
    },
  });

  const configure = (chart: Drawn): object => {
    if (chart.kind === 'lines') {
      const points = chart.series.flatMap((series) => series.points);
      const reference = chart.reference;
      return {
        type: 'line',
        data: { datasets: chart.series.map((series) => ({ ...style(series), data: series.points.map(([x, y]) => ({ x, y })) })) },
        options: {
          ...options({ x: chart.x.unit === 'count' ? '' : chart.x.unit, y: chart.y.unit }, true),
          scales: { x: axis(chart.x, spanOf(points.map(([x]) => x))), y: axis(chart.y, spanOf(points.map(([, y]) => y))) },
        },
        plugins: reference
          ? [
              {
                id: 'reference',
                afterDatasetsDraw: (live: Live): void => {
                  const { ctx, chartArea, scales } = live;
                  const y = scales.y!.getPixelForValue(reference.y);
                  ctx.save();
                  ctx.strokeStyle = colour('soft');
                  ctx.setLineDash([2, 3]);
                  ctx.beginPath();
                  ctx.moveTo(chartArea.left, y);
                  ctx.lineTo(chartArea.right, y);
                  ctx.stroke();
                  ctx.fillStyle = colour('soft');
                  ctx.textAlign = 'right';
                  ctx.textBaseline = 'top';
                  ctx.fillText(reference.label, chartArea.right, y + 5);
                  ctx.restore();
                },
              },
            ]
          : [],
      };
    }
    const names = chart.kind === 'dots' ? chart.rows : chart.rows.map((row) => row.name);
    const category = {
      type: 'category',
      labels: names,
      offset: true,
      grid: { display: chart.kind === 'dots', color: colour('grid'), drawTicks: false },
      border: { display: false },
      ticks: { color: colour('ink'), padding: 8, autoSkip: false },
    };
    if (chart.kind === 'dots') {
      const figures = chart.series.flatMap((series) => series.points.map(([x]) => x));
      return {
        type: 'line',
        data: {
          datasets: chart.series.map((series) => ({
            ...style(series),
            showLine: false,
            pointRadius: 6,
            pointHoverRadius: 8,
            data: series.points.map(([x, row]) => ({ x, y: names[row] })),
          })),
        },
        options: {
          ...options({ x: chart.x.unit, y: '' }, true),
          indexAxis: 'y',
          scales: { x: axis(chart.x, spanOf(figures)), y: category },
        },
      };
    }
    return {
      type: 'bar',
      data: {
        labels: names,
        datasets: [
          {
            label: chart.x.title,
            data: chart.rows.map((row) => [row.from, row.to]),
            backgroundColor: chart.rows.map((row) => colour(row.tone)),
            barPercentage: 0.62,
            minBarLength: 2,
          },
        ],
      },
      options: {
        ...options({ x: '', y: '' }, false),
        indexAxis: 'y',
        layout: { padding: { right: 70 } },
        scales: { x: axis(chart.x, 1), y: category },
        plugins: { legend: { display: false }, tooltip: { enabled: false } },
      },
      plugins: [
        {
          id: 'figures',
          afterDatasetsDraw: (live: Live): void => {
            const { ctx } = live;
            ctx.save();
            ctx.fillStyle = colour('ink');
            ctx.textBaseline = 'middle';
            live.getDatasetMeta(0).data.forEach((bar, i) => {
              ctx.fillText(chart.rows[i]?.text ?? '', bar.x + 7, bar.y);
            });
            ctx.restore();
          },
        },
      ],
    };
  };

  let live: Live[] = [];
  const redraw = (): void => {
    for (const chart of live) chart.destroy();
    page.Chart.defaults.font = { family: page.getComputedStyle(page.document.body).fontFamily, size: 12 };
    live = charts.map((chart, i) => new page.Chart(page.document.getElementById(`chart-${i}`), configure(chart)));
  };
  redraw();
  page.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  // On paper the ground is white and a folded table is lost: light charts, open tables, and back again.
  const folded = (): readonly { open: boolean }[] => [...page.document.querySelectorAll('details:not([open])')];
  let opened: readonly { open: boolean }[] = [];
  page.addEventListener('beforeprint', () => {
    opened = folded();
    for (const table of opened) table.open = true;
    redraw();
  });
  page.addEventListener('afterprint', () => {
    for (const table of opened) table.open = false;
    redraw();
  });
}
