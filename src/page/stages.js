'use strict';
// What the clients wait for, stage by stage, and which members are likely to cause it.

const MOST_STAGES = 12;
const MOST_GAPS = 300;
const MOST_MISSING = 300; // characters of the list

function stageTitle(stage) {
  return visible(stage.name);
}

function cause(culprit, stage, several) {
  const text = visible(culprit.text);
  const colon = text.indexOf(': ');
  const fact = colon < 0 ? text : text.slice(0, colon);
  const advice = colon < 0 ? null : make('span', { class: 'advice' }, text.slice(colon + 2));
  return make('li', {},
    make('span', { class: 'fact' }, fact), advice,
    several ? make('span', { class: 'origin' }, stageTitle(stage)) : null);
}

function showCauses(why) {
  const stages = why.stages.filter((stage) => !stage.watched && stage.culprits.length > 0);
  const items = stages.flatMap(
    (stage) => stage.culprits.map((culprit) => cause(culprit, stage, stages.length > 1)));
  const omitted = stages.reduce((sum, stage) => sum + stage.culprits_omitted, 0);

  if (omitted > 0)
    items.push(make('li', { class: 'more' }, `and ${count(omitted)} more: `,
      make('a', { href: 'why?all=1' }, 'all of them')));
  show('causes-title', why.verdict === 'hangs' ? 'Likely causes' : 'Still missing');
  show('causes', items);
  byId('causes-section').hidden = items.length === 0;
}

// Where the bar shows missing members: as many places as can be seen.
function gapsOf({ missing, world }) {
  const least = world / MOST_GAPS;
  const gaps = [];
  for (const [first, last] of ranges(missing)) {
    const end = Math.min(Math.max(last + 1, first + least), world);
    const before = gaps.at(-1);
    if (before && first < before.end + least) before.end = end;
    else gaps.push({ first, end });
  }
  return gaps;
}

// One bar for all members in order; a gap where members are missing.
function strip(stage) {
  const gaps = gapsOf(stage).map(({ first, end }) => draw(
    'rect', { x: first, width: end - first, height: 1, class: 'gap' }));
  const come = stage.missing ? stage.world : stage.come;
  const between = [];
  if (stage.world <= 64)
    for (let i = 1; i < stage.world; i++)
      between.push(draw('path', { d: `M${i} 0V1`, class: 'between' }));
  return draw('svg', { class: 'strip', viewBox: `0 0 ${stage.world} 1`, preserveAspectRatio: 'none',
    'aria-hidden': 'true' },
  draw('rect', { width: stage.world, height: 1, class: 'track' }),
  draw('rect', { width: come, height: 1, class: 'come' }), gaps, between);
}

function fact(name, ...value) {
  return make('div', {}, make('dt', {}, name), make('dd', {}, ...value));
}

function stageCard(stage, hangSeconds) {
  const missing = stage.missing ? fact('Missing', missingMembers(stage, MOST_MISSING)) : null;
  return make('article', { class: stage.longest_seconds >= hangSeconds ? 'stage late' : 'stage' },
    make('h3', {}, stageTitle(stage)),
    stage.world > 0 ? strip(stage) : null,
    make('p', { class: 'progress' }, visible(stage.text)),
    make('dl', {},
      missing,
      stage.waiting > 0
        ? [fact('Waiting', `${plural(stage.waiting, 'client')}, longest ${time(stage.longest_seconds)}`),
          fact('Key', code(stage.key))] : null,
      stage.next ? fact('Comes next', visible(stage.next)) : null));
}

function watchedNote(stages) {
  const clients = stages.reduce((sum, stage) => sum + stage.waiting, 0);
  if (clients === 0) return [];
  const wait = clients === 1 ? 'waits for an event' : 'wait for events';
  return [`${plural(clients, 'client')} ${wait} that may never happen: normal.`];
}

function showStages(why) {
  const stages = why.stages.filter((stage) => !stage.watched);
  const cards = stages.slice(0, MOST_STAGES).map((stage) => stageCard(stage, why.hang_seconds));
  if (stages.length > MOST_STAGES)
    cards.push(make('p', { class: 'note' },
      `and ${plural(stages.length - MOST_STAGES, 'more stage')}: `,
      make('a', { href: 'why' }, 'all of them')));
  show('stages', cards);
  show('watched', watchedNote(why.stages.filter((stage) => stage.watched)));
  byId('stages-section').hidden = why.stages.length === 0;
}
