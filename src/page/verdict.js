'use strict';
// What the server says about the job, in one sentence with a word, a colour and a shape.

const WORDS = { hangs: 'Hangs', waiting: 'Waiting', idle: 'Idle' };

// Paths of 24 by 24: an octagon, an hourglass, a tick in a circle.
const SHAPES = {
  hangs: ['M7.9 1.5h8.2L22.5 7.9v8.2l-6.4 6.4H7.9L1.5 16.1V7.9Z', 'M12 6.5v7M12 17.2v.6'],
  waiting: ['M5 2h14v3.2L14.2 12 19 18.8V22H5v-3.2L9.8 12 5 5.2Z', 'M9.2 19h5.6'],
  idle: ['M12 1.5a10.5 10.5 0 1 1 0 21a10.5 10.5 0 0 1 0-21Z', 'M7.2 12.4l3.3 3.3l6.4-7'],
};
const ICON_COLOURS = { hangs: '#c4232b', waiting: '#2563a8', idle: '#1f7a4d' };
const LONGEST_LIST = 40;

let announced = '';

function longestStage(why) {
  return why.stages.find((stage) => !stage.watched);
}

// "rank 7", "ranks 333, 456–463", "ranks 1, 3, …".
function missingMembers({ member, missing }, most) {
  const end = missing.length > most ? missing.lastIndexOf(',', most) : missing.length;
  const rest = end < missing.length ? ', …' : '';
  return `${visible(member)}${plusS(missing)} ${spaced(missing.slice(0, end))}${rest}`;
}

function awaited(stage) {
  if (!stage.missing && stage.world_known && stage.come < stage.world)
    return plural(stage.world - stage.come, visible(stage.member));
  if (!stage.missing) return visible(stage.key);
  return stage.missing.length <= LONGEST_LIST
    ? missingMembers(stage, LONGEST_LIST)
    : plural(stage.world - stage.come, visible(stage.member));
}

function idleSentence(why) {
  if (why.connected === 0) return 'no client is connected';
  if (why.waiting === 0) return `${plural(why.connected, 'client')} connected, and none waits`;
  return `${plural(why.connected, 'client')} connected; `
    + `${count(why.waiting)} wait for events that may never happen, which is normal`;
}

// The verdict includes other stores: it may be theirs, while a client waits here shortly.
function stageOfVerdict(why) {
  const stage = longestStage(why);
  if (!stage || stage.waiting === 0) return undefined;
  return why.verdict === 'hangs' && stage.longest_seconds < why.hang_seconds ? undefined : stage;
}

function sentence(why) {
  const stage = stageOfVerdict(why);
  if (why.verdict === 'idle') return idleSentence(why);
  if (!stage) return elsewhere(why);
  return `${plural(stage.waiting, 'client')} ${stage.waiting === 1 ? 'waits' : 'wait'} for `
    + awaited(stage);
}

function shape(verdict) {
  const [outline, sign] = SHAPES[verdict];
  return draw('svg', { viewBox: '0 0 24 24', width: 24, height: 24 },
    draw('path', { d: outline, class: 'outline' }), draw('path', { d: sign, class: 'sign' }));
}

function icon(verdict) {
  const [outline, sign] = SHAPES[verdict];
  const image = `<svg xmlns="${SVG}" viewBox="0 0 24 24">`
    + `<path fill="${ICON_COLOURS[verdict]}" d="${outline}"/>`
    + `<path fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" d="${sign}"/>`
    + '</svg>';
  return `data:image/svg+xml,${encodeURIComponent(image)}`;
}

function setUnlessEqual(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// Jobs with stores of their own wait there. The list of stores links to them.
function elsewhere({ other_stores: others = [], other_stores_omitted: omitted = 0 }) {
  const stores = others.length + omitted;
  if (stores === 0) return '';
  return `clients wait in ${plural(stores, 'other store')}, `
    + `the longest for ${time(others[0].longest_seconds)}`;
}

function summary(why) {
  const waiting = why.waiting > 0
    ? `${count(why.waiting)} waiting, the longest for ${time(why.longest_seconds)}` : 'none waiting';
  const limit = why.verdict === 'waiting'
    ? ` A wait counts as a hang after ${time(why.hang_seconds)}.` : '';
  const others = elsewhere(why);
  const draining = why.draining ? ' The server is draining: it accepts no new clients.' : '';
  return `${plural(why.connected, 'client')} connected, ${waiting}${others ? `; ${others}` : ''}.`
    + limit + draining;
}

// Not at each change of a number: a screen reader would never be silent while a job starts.
function announce(verdict, stage, said) {
  const about = verdict === 'hangs' && stage ? `hangs ${awaited(stage)}` : verdict;
  if (about === announced) return;
  announced = about;
  show('announcement', `${WORDS[verdict]}: ${said}`);
}

function showVerdict(why) {
  const verdict = Object.hasOwn(WORDS, why.verdict) ? why.verdict : 'waiting';
  const said = sentence(why);
  const stage = stageOfVerdict(why);
  const since = verdict !== 'idle' && stage ? `, for ${time(stage.longest_seconds)}` : '';

  setUnlessEqual(byId('verdict'), 'data-verdict', verdict);
  show('verdict-shape', shape(verdict));
  show('verdict-line', make('strong', {}, `${WORDS[verdict]}:`), ` ${said}${since}`);
  show('summary', summary(why));
  announce(verdict, stage, said);
  document.title = `${WORDS[verdict]}: ${said} – tcpstore`;
  setUnlessEqual(byId('icon'), 'href', icon(verdict));
}
