'use strict';
// Shows the answers, and how old they are.

const STALE_MS = 15_000;

const FRESHNESS = { live: 'Live', paused: 'Paused', stale: 'Stale',
  first: 'Waiting for the first answer' };

function showServer(stat) {
  const address = stat.addresses.length > 0 ? stat.addresses[0] : location.host;
  show('address', stat.store ? `store ${visible(stat.store)}, ${visible(address)}` : visible(address));
  const up = time(stat.uptime_seconds);
  show('server', `tcpstored ${visible(stat.version)}, process ${stat.pid}, up for ${up}; `
    + `${plural(stat.keys, 'key')}, ${plural(stat.queues, 'queue')}.`);
}

function showAnswers({ why, hosts, waits, barriers, stat, stores }, now) {
  if (why) {
    showVerdict(why);
    showCauses(why);
    showStages(why);
  }
  if (hosts) showHosts(hosts);
  if (waits) showWaits(waits);
  if (barriers) showBarriers(barriers);
  if (stat) {
    showCharts(stat, now);
    showServer(stat);
  }
  if (stores && stat) showStores(stores, stat.store);
  if (why) document.body.dataset.answered = new Date().toLocaleString('sv'); // 2026-11-27 03:14:07
}

function freshness(now) {
  if (poll.isPaused) return 'paused';
  if (poll.failures > 0) return 'stale';
  if (poll.answeredAt === null) return 'first';
  return now - poll.answeredAt > STALE_MS ? 'stale' : 'live';
}

// Without an age, which would make a screen reader repeat it every second.
function noticeText(state) {
  if (state === 'stale') {
    const at = document.body.dataset.answered;
    const last = at ? ` What follows is stale: it is from ${at}.` : '';
    return `No answer from the server: ${poll.failure || 'none yet'}.${last} `
      + 'This page keeps asking.';
  }
  return poll.refusal ? `The server refuses ${poll.refusal}` : '';
}

function showAge() {
  const now = performance.now();
  const state = freshness(now);
  const age = poll.answeredAt === null ? '' : `, ${time((now - poll.answeredAt) / 1000)} ago`;
  const notice = noticeText(state);

  setUnlessEqual(document.body, 'data-freshness', state);
  show('age', FRESHNESS[state] + age);
  show('notice', notice);
  byId('notice').hidden = notice === '';
}

function askNow() {
  pollOnce(showAnswers, showAge);
}

function togglePause() {
  poll.isPaused = !poll.isPaused;
  byId('pause').setAttribute('aria-pressed', String(poll.isPaused));
  clearTimeout(poll.timer);
  if (!poll.isPaused) askNow();
  showAge();
}

function start() {
  byId('pause').addEventListener('click', togglePause);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) askNow();
  });
  setInterval(showAge, 1000);
  askNow();
}

// A copy that a browser has saved keeps what it shows: it has no server to ask.
function showSaved() {
  document.body.dataset.freshness = 'saved';
  show('age', `Saved copy, from ${document.body.dataset.answered}`);
  byId('pause').hidden = true;
}

if (location.protocol === 'file:') showSaved();
else start();
