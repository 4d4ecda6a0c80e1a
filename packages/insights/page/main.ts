import { render } from 'lit-html';
import type { AllPerformanceData } from '../src';
import { type Chart, latencyChart, latencyData, poolChart, poolData } from './charts';
import { type PageState, page } from './page';

const root = document.getElementById('page') as HTMLElement;
const RETRY_MILLIS = 3000;
/** The page may be mounted anywhere, with or without a slash at its end. */
const base = location.pathname.endsWith('/') ? location.pathname : `${location.pathname}/`;

let data: AllPerformanceData | undefined;
let isPaused = false;
let wasCopied = false;
let connection: PageState['connection'] = 'connecting';
let stream: EventSource | undefined;
const charts = new Map<Element, Chart>();

function show(): void {
  render(page({ data, isPaused, wasCopied, connection, togglePause, copy }), root);
  if (data === undefined) return;
  const { timeline } = data;
  const latency = document.getElementById('latency-chart');
  if (latency !== null) chartOf(latency, latencyChart).draw(latencyData(timeline));
  for (const element of document.querySelectorAll<HTMLElement>('[data-pool]')) {
    chartOf(element, poolChart).draw(poolData(timeline, element.dataset['pool'] ?? ''));
  }
}

function chartOf(element: HTMLElement, create: (element: HTMLElement) => Chart): Chart {
  let chart = charts.get(element);
  if (chart === undefined) {
    chart = create(element);
    charts.set(element, chart);
  }
  return chart;
}

function follow(): void {
  stream = new EventSource(`${base}live`);
  stream.onmessage = ({ data: text }: MessageEvent<string>) => {
    data = JSON.parse(text) as AllPerformanceData;
    connection = 'live';
    show();
  };
  // Streams of `createInsightsRoute` end after ten updates.
  stream.addEventListener('end', () => {
    stream?.close();
    follow();
  });
  const current = stream;
  current.onerror = () => {
    connection = 'lost';
    show();
    // The browser connects again by itself, but not after an answer such as 503.
    if (current.readyState === EventSource.CLOSED) {
      setTimeout(() => {
        if (stream === current && !isPaused) follow();
      }, RETRY_MILLIS);
    }
  };
}

function togglePause(): void {
  isPaused = !isPaused;
  if (isPaused) stream?.close();
  else follow();
  show();
}

async function copy(): Promise<void> {
  await navigator.clipboard.writeText(JSON.stringify(data, undefined, 2));
  wasCopied = true;
  show();
  setTimeout(() => {
    wasCopied = false;
    show();
  }, 2000);
}

document.addEventListener('keydown', ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (ctrlKey || metaKey || altKey || (target as Element).matches('button, a, input')) return;
  if (key === 'p') togglePause();
});

show();
follow();
