'use strict';
// Numbers, times and untrusted strings as text for people.

const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

// Control, bidirectional and other invisible characters could disguise a key.
function visible(text) {
  return String(text).replace(INVISIBLE, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

function count(number) {
  return Math.round(number).toLocaleString('en');
}

function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

// As tcpstore-cli writes it: "11 s", "5 min", "2 h".
function time(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

function rounded(number) {
  if (number >= 100) return count(number);
  return number >= 10 || Number.isInteger(number) ? number.toFixed(0) : number.toFixed(1);
}

function bytes(number) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024;
    unit++;
  }
  return `${rounded(number)} ${units[unit]}`;
}

// The numbers of "333,456-463" as pairs of first and last.
function ranges(text) {
  if (!text) return [];
  return text.split(',').map((range) => {
    const [first, last] = range.split('-').map(Number);
    return [first, last ?? first];
  }).filter(([first, last]) => first <= last);
}

// The plural's "s", if "333,456-463" holds several numbers.
function plusS(list) {
  return /[,-]/.test(list) ? 's' : '';
}

function spaced(list) {
  return visible(list).replaceAll(',', ', ').replaceAll('-', '–');
}
