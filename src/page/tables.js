'use strict';
// The waits and the barriers, the longest first.

const MOST_ROWS = 12;

function longestFirst(list) {
  return [...list].sort((a, b) => b.longest_seconds - a.longest_seconds).slice(0, MOST_ROWS);
}

function more(shown, list, total, path) {
  const rest = (total ?? list.length) - shown.length;
  const link = make('a', { href: path }, 'as JSON');
  return rest > 0 ? [make('p', { class: 'note' }, `and ${count(rest)} more: `, link)] : [];
}

function nothing(text) {
  return make('p', { class: 'note' }, text);
}

function waitRow(wait) {
  const stage = visible(wait.stage) + (wait.watched ? ' (normal)' : '');
  return make('tr', {},
    make('td', {}, code(wait.key), make('small', {}, stage)),
    make('td', { class: 'number' }, count(wait.clients)),
    make('td', { class: 'number' }, time(wait.longest_seconds)));
}

function showWaits({ waits, total }) {
  const shown = longestFirst(waits);
  if (shown.length === 0) {
    show('waits', nothing('No client waits.'));
    return;
  }
  show('waits', make('table', {},
    make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, 'Key'),
      make('th', { scope: 'col', class: 'number' }, 'Clients'),
      make('th', { scope: 'col', class: 'number' }, 'Longest'))),
    make('tbody', {}, shown.map(waitRow))), more(shown, waits, total, ofStore('v1/waits')));
}

// `world` is null if the server does not know how many members the barrier has.
function barrierItem({ name, come, world, waiting, longest_seconds: longest }) {
  const progress = world ? `${count(come)} of ${count(world)}` : `${count(come)} so far`;
  return make('li', {},
    make('div', { class: 'row' }, code(name), make('span', { class: 'number' }, progress)),
    world ? strip({ world, come }) : null,
    make('small', {}, `${plural(waiting, 'client')} waiting, longest ${time(longest)}`));
}

function showBarriers({ barriers, total }) {
  const shown = longestFirst(barriers);
  if (shown.length === 0)
    show('barriers', nothing('No barrier is filling up.'));
  else
    show('barriers', make('ul', { class: 'barriers' }, shown.map(barrierItem)),
      more(shown, barriers, total, ofStore('v1/barriers')));
}
