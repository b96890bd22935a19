'use strict';
// What the server did in the last minutes, as far as this page has seen it.

const WINDOW_MS = 600_000;
const MOST_SECONDS_BETWEEN = 60; // samples: else their rate says nothing
const WIDTH = 300;
const HEIGHT = 60;
const CHARTS = [
  { title: 'Requests per second', lines: [['requests', 'now', rounded]] },
  { title: 'Traffic per second',
    lines: [['received', 'received', bytes], ['sent', 'sent', bytes]] },
  { title: 'Memory', lines: [['memory', 'now', bytes]] },
  { title: 'Waiting clients', lines: [['waiting', 'now', count]] },
];

const samples = []; // rates are null after a pause or a restart of the server
let lastStat = null;

function takeSample(stat, now) {
  const seconds = lastStat ? (now - lastStat.now) / 1000 : 0;
  const isSameServer = stat.uptime_seconds >= seconds;
  const hasRate = isSameServer && seconds > 0 && seconds < MOST_SECONDS_BETWEEN;
  const rate = (name) => (hasRate ? (stat[name] - lastStat[name]) / seconds : null);
  samples.push({ now, requests: rate('requests_total'), received: rate('received_bytes'),
    sent: rate('sent_bytes'), memory: stat.memory_bytes, waiting: stat.waiting });
  while (samples[0].now < now - WINDOW_MS) samples.shift();
  lastStat = { ...stat, now };
}

function path(name, top, from, span) {
  let d = '';
  let isDown = false;
  for (const sample of samples) {
    const value = sample[name];
    if (value === null) {
      isDown = false;
      continue;
    }
    const x = (sample.now - from) / span * WIDTH;
    const y = HEIGHT - value / top * (HEIGHT - 4) - 1;
    d += `${isDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  }
  return d;
}

function valuesOf(name) {
  return samples.map((sample) => sample[name]).filter((value) => value !== null);
}

// The text says all that the drawing shows at a glance.
function lineText([name, noun, format]) {
  const values = valuesOf(name);
  const peak = Math.max(...values);
  return make('span', { class: `line ${name}` }, make('b', {}, format(values.at(-1))),
    ` ${noun}, peak ${format(peak)}`);
}

function chart({ title, lines }, stat, from, span) {
  const isEmpty = lines.every(([name]) => valuesOf(name).length === 0);
  const texts = isEmpty ? ['no figures yet'] : lines.map(lineText);
  const top = Math.max(...lines.flatMap(([name]) => valuesOf(name)), 1);
  const limit = title === 'Memory' && stat.memory_limit_bytes > 0
    ? make('span', {}, `limit ${bytes(stat.memory_limit_bytes)}`) : null;
  return make('figure', {},
    make('figcaption', {}, make('h3', {}, title),
      make('p', {}, texts, limit)),
    draw('svg', {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true',
    },
    draw('path', { class: 'floor', d: `M0 ${HEIGHT - 0.5}H${WIDTH}` }),
    lines.map(([name]) => draw('path', { class: name, d: path(name, top, from, span) }))));
}

function showCharts(stat, now) {
  takeSample(stat, now);
  const span = Math.max(now - samples[0].now, 20_000);
  show('charts-title', `Load in the last ${time(Math.max(now - samples[0].now, 1000) / 1000)}`);
  show('charts', CHARTS.map((each) => chart(each, stat, now - span, span)));
}
