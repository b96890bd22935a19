'use strict';
// Makes nodes, and brings the nodes of the page up to date.

const SVG = 'http://www.w3.org/2000/svg';

function byId(id) {
  return document.getElementById(id);
}

// Attributes that are null, undefined or false are left out. Children are nodes or text.
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat())
    if (child !== null) element.append(child);
  return element;
}

function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function updateAttributes(old, wanted) {
  for (const { name } of [...old.attributes])
    if (!wanted.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function updateNode(old, wanted) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== wanted.data) old.data = wanted.data;
  } else {
    updateAttributes(old, wanted);
    updateChildren(old, [...wanted.childNodes]);
  }
}

// Changes only what differs: the focus, a selection and the place of a screen reader stay.
function updateChildren(parent, wanted) {
  wanted.forEach((node, i) => {
    const old = parent.childNodes[i];
    if (old === undefined) parent.append(node);
    else if (old.nodeName === node.nodeName) updateNode(old, node);
    else old.replaceWith(node);
  });
  while (parent.childNodes.length > wanted.length) parent.lastChild.remove();
}

function show(id, ...children) {
  updateChildren(byId(id), children.flat().map(
    (child) => (typeof child === 'string' ? document.createTextNode(child) : child)));
}

// A key, a peer or another string that clients choose: isolated, and safe to break anywhere.
function code(text) {
  return make('code', { dir: 'ltr' }, visible(text));
}
