'use strict';
// Asks the server again and again, one request at a time. Asks less often if the server is slow or
// does not answer, and while the page is hidden.

const HIDDEN_MS = 10_000;
const MOST_MS = 30_000;
const ANSWER_MS = 10_000;
const REST = 10; // the page rests ten times as long as the answers took
const QUESTIONS = {
  why: ofStore('v1/why'),
  stat: ofStore('v1/stat'),
  hosts: ofStore('v1/hosts?limit=10000'),
  waits: ofStore('v1/waits?limit=1000'),
  barriers: ofStore('v1/barriers?limit=1000'),
  stores: 'v1/stores?limit=1000',
};

const poll = {
  shownMs: 2_000,
  timer: null,
  isAsking: false,
  isPaused: false,
  failures: 0, // rounds without an answer, one after the other
  failure: '', // why the last of them got none
  refusal: '', // the last error that the server sent in this round
  answeredAt: null,
};

class NoAnswer extends Error {}

async function fetchAnswer(path) {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(path, { cache: 'no-store', signal });
    return { isGood: response.ok, status: response.status, answer: await response.json() };
  } catch (error) {
    if (error.name === 'TimeoutError') throw new NoAnswer(`none within ${time(ANSWER_MS / 1000)}`);
    if (error.name === 'SyntaxError') throw new NoAnswer(`${path} is not JSON`);
    throw new NoAnswer('no connection');
  }
}

// Returns null if the server refuses, as for one of several answers it may.
async function ask(path) {
  const { isGood, status, answer } = await fetchAnswer(path);
  if (isGood) return answer;
  poll.refusal = `${path}: ${visible(answer.error ?? `HTTP status ${status}`)}`;
  return null;
}

async function askAll() {
  const answers = {};
  poll.refusal = '';
  for (const [name, path] of Object.entries(QUESTIONS))
    answers[name] = await ask(path);
  return answers;
}

function interval(tookMs) {
  const usual = document.hidden ? HIDDEN_MS : poll.shownMs;
  return Math.min(Math.max(usual * 2 ** Math.min(poll.failures, 4), tookMs * REST), MOST_MS);
}

async function askOnce(onAnswers) {
  try {
    const answers = await askAll();
    const now = performance.now();
    onAnswers(answers, now);
    if (!answers.why) throw new NoAnswer(poll.refusal);
    poll.failures = 0;
    poll.answeredAt = now;
  } catch (error) {
    poll.failures++;
    poll.failure = error.message;
    if (error instanceof NoAnswer) return;
    poll.failure = `this page cannot show it (${visible(error.message)})`;
    console.error(error);
  }
}

// `onAnswers` gets the answers; `onChange` is called after each round.
async function pollOnce(onAnswers, onChange) {
  if (poll.isAsking || poll.isPaused) return;
  const startedAt = performance.now();
  clearTimeout(poll.timer);
  poll.isAsking = true;
  try {
    await askOnce(onAnswers);
  } finally {
    poll.isAsking = false;
    const wait = interval(performance.now() - startedAt);
    if (!poll.isPaused) poll.timer = setTimeout(() => pollOnce(onAnswers, onChange), wait);
    onChange();
  }
}
