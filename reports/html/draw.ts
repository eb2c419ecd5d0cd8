/**
 * Draws the page's charts in the reader's browser. The page carries this function's source text, so it may use nothing outside
 * itself but what it is given and the browser's own names (types vanish); it is checked in a real Chromium in test/reports.
 */
import type { Chart as Drawn, Mark, Series } from '../section.ts';
import type { Live, Page, Scale } from './browser.ts';

export function draw(quantity: (value: number, unit: string) => string): void {
  const page = globalThis as unknown as Page;
  const charts = JSON.parse(page.document.getElementById('charts')?.textContent ?? '[]') as readonly Drawn[];
  const colour = (name: string): string => page.getComputedStyle(page.document.documentElement).getPropertyValue(`--${name}`).trim();
  const narrow = page.matchMedia('(max-width: 40rem)');
  const label = (value: number, unit: string): string => quantity(value, unit === 'count' ? '' : unit);

  /** Where counted things stand at those values alone; on a logarithmic scale at 1, 2 and 5, fewer where it spans many decades. */
  const ticksOf = (a: Drawn['x'], values: readonly number[], scale: Scale): readonly number[] | null => {
    const counted = [...new Set(values)].sort((x, y) => x - y);
    if (a.unit === 'count' && counted.length <= 8) return counted;
    if (a.unit === 'count' && a.scale === 'linear') {
      const step = Math.ceil((scale.max - scale.min) / 8);
      return Array.from({ length: 9 }, (_, i) => (Math.ceil(scale.min / step) + i) * step).filter((value) => value <= scale.max);
    }
    if (a.scale !== 'log') return null;
    const decades = Math.log10(scale.max / scale.min);
    const digits = decades > 3.6 ? [1] : decades > 2.3 ? [1, 3] : decades > 0.9 ? [1, 2, 5] : [1, 2, 3, 5];
    const first = Math.floor(Math.log10(scale.min));
    const ticks = Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => digits.map((digit) => digit * 10 ** (first + i)))
      .flat()
      .filter((value) => value >= scale.min && value <= scale.max);
    if (ticks.length > 2) return ticks;
    // So narrow that it is as good as linear: even steps of 1, 2 or 5.
    const rough = (scale.max - scale.min) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10);
    return Array.from({ length: 6 }, (_, i) => (Math.ceil(scale.min / step) + i) * step).filter((value) => value <= scale.max);
  };
  const axis = (a: Drawn['x'], values: readonly number[]): object => ({
    type: a.scale === 'log' ? 'logarithmic' : 'linear',
    ...(a.min === undefined ? {} : { min: a.min }),
    ...(a.max === undefined ? {} : { max: a.max }),
    ...(a.scale === 'linear' && a.unit === 'count' ? { min: Math.min(...values) - 0.25, max: Math.max(...values) + 0.25 } : {}),
    ...(a.scale === 'linear' && a.max === undefined && a.unit !== 'count' ? { grace: '4%' } : {}),
    title: { display: true, text: a.title, color: colour('soft') },
    grid: { color: colour('grid'), drawTicks: false },
    border: { display: false },
    afterBuildTicks: (scale: Scale): void => {
      const ticks = ticksOf(a, values, scale);
      if (ticks !== null && ticks.length > 0) scale.ticks = ticks.map((value) => ({ value }));
    },
    ticks: {
      color: colour('soft'),
      padding: 8,
      maxRotation: 0,
      autoSkipPadding: 14,
      callback: (value: number): string => label(value, a.unit),
    },
  });
  const POINTS = { circle: 'circle', rect: 'rect', triangle: 'triangle', down: 'triangle', diamond: 'rectRot', none: 'line' };
  const style = (series: Series): object => {
    const tone = colour(series.tone);
    return {
      label: series.label,
      borderColor: tone,
      backgroundColor: series.ring ? 'transparent' : tone,
      borderWidth: 2,
      borderDash: series.dash ? [5, 4] : [],
      pointStyle: POINTS[series.marker ?? 'none'],
      rotation: series.marker === 'down' ? 180 : 0,
      pointRadius: series.marker ? 4.5 : 0,
      pointHoverRadius: 6,
      stepped: series.stepped ? 'before' : false,
      fill: series.filled ? { target: 'origin', above: `${tone}24` } : false,
      spanGaps: false,
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
        labels: {
          usePointStyle: true,
          color: colour('ink'),
          boxHeight: 6,
          padding: 14,
          filter: (item: { text: string }): boolean => item.text !== '',
        },
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

  /** What happened while a line was drawn: bands behind it, and a word at the top of each, on another row where the one before is too near. */
  const marks = (happened: readonly Mark[]): object => ({
    id: 'marks',
    beforeDatasetsDraw: ({ ctx, chartArea: { left, right, top, bottom }, scales }: Live): void => {
      ctx.save();
      ctx.textBaseline = 'top';
      const ends: number[] = [];
      for (const { from, to, label: word } of happened) {
        const x = scales.x!.getPixelForValue(from);
        if (x < left - 1 || x > right + 1) continue;
        if (to !== undefined) {
          ctx.fillStyle = `${colour('warn')}22`;
          ctx.fillRect(x, top, Math.min(right, scales.x!.getPixelForValue(to)) - x, bottom - top);
        }
        ctx.strokeStyle = colour('warn');
        ctx.setLineDash([3, 3]);
        ctx.beginPath();
        ctx.moveTo(x, top);
        ctx.lineTo(x, bottom);
        ctx.stroke();
        const { width } = ctx.measureText(word);
        const turned = x + 4 + width > right;
        const at = turned ? x - 4 - width : x + 4;
        const free = ends.findIndex((end) => end < at);
        const row = free < 0 ? ends.length : free;
        ends[row] = at + width + 6;
        ctx.fillStyle = colour('warn');
        ctx.textAlign = 'left';
        ctx.fillText(word, at, top + 2 + row * 14);
      }
      ctx.restore();
    },
  });
  /** Air between the legend and what stands below it. */
  const air = {
    id: 'air',
    beforeInit: ({ legend }: { legend?: { fit(): void; height: number } }): void => {
      if (!legend) return;
      const fit = legend.fit;
      legend.fit = function (this: typeof legend): void {
        fit.call(this);
        this.height += 10;
      };
    },
  };

  const configure = (chart: Drawn): object => {
    if (chart.kind === 'lines') {
      const points = chart.series.flatMap((series) => series.points);
      const reference = chart.reference;
      return {
        type: 'line',
        data: { datasets: chart.series.map((series) => ({ ...style(series), data: series.points.map(([x, y]) => ({ x, y })) })) },
        options: {
          ...options({ x: chart.x.unit === 'count' ? '' : chart.x.unit, y: chart.y.unit }, true),
          scales: {
            x: axis(
              chart.x,
              points.map(([x]) => x),
            ),
            y: axis(
              chart.y,
              points.map(([, y]) => y).filter((y) => y !== null),
            ),
          },
        },
        plugins: [
          air,
          ...(chart.marks?.length ? [marks(chart.marks)] : []),
          ...(reference
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
                    ctx.textAlign = 'left';
                    ctx.textBaseline = 'top';
                    ctx.fillText(reference.label, chartArea.left + 6, y + 5);
                    ctx.restore();
                  },
                },
              ]
            : []),
        ],
      };
    }
    const names = chart.kind === 'dots' ? chart.rows : chart.rows.map((row) => row.name);
    const category = {
      type: 'category',
      labels: names.map((name) => (narrow.matches ? name.split(' · ') : name)),
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
            pointRadius: series.small ? 3.5 : series.ring ? 9 : 5.5,
            pointHoverRadius: series.ring ? 10 : 7,
            // A point for every row, or chart.js puts what it has on the first rows: what is missing is not a number, and not drawn.
            data: names.map((_, row) => ({ x: series.points.find(([, at]) => at === row)?.[0] ?? Number.NaN, y: row })),
          })),
        },
        options: {
          ...options({ x: chart.x.unit, y: '' }, true),
          indexAxis: 'y',
          scales: { x: axis(chart.x, figures), y: category },
        },
        plugins: [air, ...(chart.marks?.length ? [marks(chart.marks)] : [])],
      };
    }
    return {
      type: 'bar',
      data: {
        labels: category.labels,
        datasets: [
          {
            label: chart.x.title,
            data: chart.rows.map((row) => [row.from, row.to]),
            backgroundColor: chart.rows.map((row) => colour(row.tone)),
            barPercentage: 0.62,
            // A phase that took no time still took place; a price of nothing is no bar.
            minBarLength: chart.rows.some((row) => row.from > 0) ? 2 : 0,
          },
        ],
      },
      options: {
        ...options({ x: '', y: '' }, false),
        indexAxis: 'y',
        layout: { padding: { right: 70 } },
        scales: { x: axis(chart.x, []), y: category },
        plugins: { legend: { display: false }, tooltip: { enabled: false } },
      },
      plugins: [
        ...(chart.marks?.length ? [marks(chart.marks)] : []),
        {
          id: 'figures',
          afterDatasetsDraw: (live: Live): void => {
            const { ctx } = live;
            ctx.save();
            ctx.fillStyle = colour('ink');
            ctx.textBaseline = 'middle';
            live.getDatasetMeta(0).data.forEach((bar, i) => {
              ctx.fillText(chart.rows[i]?.text ?? '', Math.max(bar.x, bar.base) + 7, bar.y);
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
  narrow.addEventListener('change', redraw);
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
