'use strict';
// The stores of the server, if it has several, and which of them this page is about.

const askedStore = new URLSearchParams(location.search).get('store');

// Without a name in the page's address, the server answers about the store of its port.
function ofStore(path) {
  if (askedStore === null) return path;
  return `${path}${path.includes('?') ? '&' : '?'}store=${encodeURIComponent(askedStore)}`;
}

function storeName(name) {
  return name === '' ? 'the first' : visible(name);
}

function storeRow({ name, port, clients, waiting, oldest_wait_seconds: oldest, keys,
  memory_bytes: memory }, shown) {
  const link = make('a', { href: `?store=${encodeURIComponent(name)}`,
    'aria-current': name === shown ? 'page' : null }, storeName(name));
  return make('tr', {},
    make('td', {}, link, make('small', {}, `port ${port}`)),
    make('td', { class: 'number' }, count(clients)),
    make('td', { class: 'number' }, waiting > 0 ? `${count(waiting)}, ${time(oldest)}` : '0'),
    make('td', { class: 'number' }, count(keys)),
    make('td', { class: 'number' }, bytes(memory)));
}

// Those in which clients wait come first, the longest wait on top.
function showStores({ stores, total }, shown) {
  const sorted = [...stores].sort((a, b) => b.oldest_wait_seconds - a.oldest_wait_seconds);
  byId('stores-section').hidden = total < 2;
  if (total < 2) return;
  show('stores', make('table', {},
    make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, 'Store'),
      ['Clients', 'Waiting', 'Keys', 'Memory'].map(
        (title) => make('th', { scope: 'col', class: 'number' }, title)))),
    make('tbody', {}, sorted.map((store) => storeRow(store, shown)))),
  more(stores, stores, total, 'v1/stores'));
}
