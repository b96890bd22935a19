'use strict';
// A cell for each host. Few hosts are cards with text; thousands are small squares.

const STATES = ['missing', 'silent', 'waiting', 'running'];
const MOST_CARDS = 24;
const MOST_TROUBLED = 16;
const NATURAL = new Intl.Collator('en', { numeric: true });

const cells = [];
let shownHosts = [];
let activeHost = null; // its name
let isCards = false;

function firstRank(host) {
  const first = parseInt(host.ranks || host.missing, 10);
  return Number.isNaN(first) ? Infinity : first;
}

function inOrder(hosts) {
  const keyed = hosts.map((host) => ({ host, rank: firstRank(host) }));
  keyed.sort((a, b) => (
    a.rank === b.rank ? NATURAL.compare(a.host.host, b.host.host) : a.rank - b.rank));
  return keyed.map(({ host }) => host);
}

// The server calls a host that never came by its number, as in "?57".
function neverCame(host) {
  return host.host.startsWith('?');
}

function hostName(host) {
  return neverCame(host) ? `host ${visible(host.host.slice(1))}` : visible(host.host);
}

function stateText(host) {
  return neverCame(host) ? 'never connected' : host.state;
}

function rankText(host) {
  const parts = [];
  if (host.ranks) parts.push(`rank${plusS(host.ranks)} ${spaced(host.ranks)}`);
  if (host.missing) parts.push(`missing ${spaced(host.missing)}`);
  return parts.join('; ');
}

function hostLabel(host) {
  return [`${hostName(host)}: ${stateText(host)}`, rankText(host)].filter(Boolean).join('; ');
}

function clientText(host) {
  if (host.clients === 0) return '';
  const counts = ['running', 'waiting', 'silent', 'left'].filter((name) => host[name] > 0)
    .map((name) => `${count(host[name])} ${name}`);
  const inBrackets = counts.length > 0 ? ` (${counts.join(', ')})` : '';
  const clients = plural(host.clients, 'client') + inBrackets;
  const longest = host.longest_seconds > 0 ? `longest wait ${time(host.longest_seconds)}` : '';
  return [clients, longest].filter(Boolean).join('; ');
}

function hostDetail(host) {
  return [rankText(host), clientText(host)].filter(Boolean).join('; ');
}

function cardContent(host) {
  return [make('span', { class: 'mark', 'aria-hidden': 'true' }),
    make('b', {}, hostName(host)), make('i', {}, stateText(host)),
    make('small', {}, rankText(host)), make('small', {}, clientText(host))];
}

function showCell(cell, host) {
  const label = hostLabel(host);
  setUnlessEqual(cell, 'data-state', host.state);
  if (cell.shownLabel !== label) {
    cell.shownLabel = label;
    cell.setAttribute('aria-label', label);
  }
  if (isCards || cell.firstChild) updateChildren(cell, isCards ? cardContent(host) : []);
}

function addCells(number) {
  const grid = byId('hosts');
  const fresh = document.createDocumentFragment();
  while (cells.length < number) {
    const id = `host-${cells.length}`;
    const cell = make('div', { role: 'option', id, 'aria-selected': 'false' });
    cells.push(cell);
    fresh.append(cell);
  }
  grid.append(fresh);
  while (cells.length > number) cells.pop().remove();
}

function activeIndex() {
  return activeHost === null ? -1 : shownHosts.findIndex((host) => host.host === activeHost);
}

function showActive() {
  const grid = byId('hosts');
  const index = activeIndex();
  const old = grid.querySelector('[aria-selected="true"]');
  if (old && old !== cells[index]) old.setAttribute('aria-selected', 'false');
  if (index < 0) {
    grid.removeAttribute('aria-activedescendant');
    show('host-detail');
    return;
  }
  setUnlessEqual(cells[index], 'aria-selected', 'true');
  setUnlessEqual(grid, 'aria-activedescendant', cells[index].id);
  const host = shownHosts[index];
  show('host-detail', make('b', {}, hostName(host)), ` ${stateText(host)}; ${hostDetail(host)}`);
}

function activate(index) {
  activeHost = shownHosts[index].host;
  showActive();
  cells[index].scrollIntoView({ block: 'nearest' });
}

function columns() {
  return getComputedStyle(byId('hosts')).gridTemplateColumns.split(' ').length;
}

function moveActive(event) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns(),
    Home: -Infinity, End: Infinity };
  const isOther = !Object.hasOwn(steps, event.key) || event.ctrlKey || event.altKey || event.metaKey;
  if (isOther || shownHosts.length === 0) return;
  event.preventDefault();
  const from = activeIndex();
  const target = from < 0 && event.key !== 'End' ? 0 : from + steps[event.key];
  activate(Math.min(Math.max(target, 0), shownHosts.length - 1));
}

function pointAt(event) {
  const index = cells.indexOf(event.target.closest('[role="option"]'));
  if (index >= 0 && shownHosts[index].host !== activeHost) {
    activeHost = shownHosts[index].host;
    showActive();
  }
}

function showLegend(hosts, total, isAll) {
  const counts = Object.fromEntries(STATES.map((state) => [state, 0]));
  for (const host of hosts) counts[host.state]++;
  const shown = plural(hosts.length, 'host');
  const of = total === null ? '' : ` of ${count(total)}`;
  show('hosts-title', isAll ? shown : `The first ${shown}${of}`);
  show('legend', STATES.map((state) => make('span', { 'data-state': state },
    make('span', { class: 'mark', 'aria-hidden': 'true' }), `${count(counts[state])} ${state}`)));
}

function showTroubled(hosts) {
  const troubled = hosts.filter((host) => host.state === 'missing' || host.state === 'silent');
  const rows = troubled.slice(0, MOST_TROUBLED).map((host) => make(
    'li', { 'data-state': host.state }, make('span', { class: 'mark', 'aria-hidden': 'true' }),
    make('span', {}, make('b', {}, hostName(host)), ` ${stateText(host)}; ${hostDetail(host)}`)));
  if (troubled.length > MOST_TROUBLED)
    rows.push(make('li', {}, `and ${count(troubled.length - MOST_TROUBLED)} more`));
  const isEmpty = isCards || rows.length === 0;
  show('troubled-hosts', isEmpty ? [] : make('ul', { class: 'troubled' }, rows));
}

function showHosts({ hosts, total, cursor }) {
  const grid = byId('hosts');
  shownHosts = inOrder(hosts);
  isCards = shownHosts.length <= MOST_CARDS;
  setUnlessEqual(grid, 'data-size', isCards ? 'card' : shownHosts.length > 4000 ? 'tiny' : 'small');
  addCells(shownHosts.length);
  shownHosts.forEach((host, i) => showCell(cells[i], host));
  showLegend(shownHosts, total, cursor === null);
  showTroubled(shownHosts);
  showActive();
}

byId('hosts').addEventListener('keydown', moveActive);
byId('hosts').addEventListener('pointerover', pointAt);
byId('hosts').addEventListener('click', pointAt);
