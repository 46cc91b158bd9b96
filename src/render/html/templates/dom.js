// Elements are made here and nowhere else. Text goes in as text: nothing of a report is ever parsed as markup.

/** el('a.name', {href: '#/'}, 'text', otherElement, null): an element with classes, attributes and children. */
function el(name, attributes, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  return put(element, ...children);
}

/** Appends children; text is text, null is nothing, a list is its items. */
function put(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === '') continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Takes all children away and puts others in. */
function refill(element, ...children) {
  element.replaceChildren();
  return put(element, ...children);
}

/** `1 report`, `12 reports`. */
function count(number, noun) {
  return number.toLocaleString('en') + ' ' + noun + (number === 1 ? '' : 's');
}

/** A place in a report, `dmesg:1042`, with room to break behind its slashes. */
function place(text) {
  const parts = text.split('/');
  const pieces = parts.flatMap((part, nth) => (nth + 1 < parts.length ? [part + '/', el('wbr')] : [part]));
  return el('code.place', null, pieces);
}

/** Lines of evidence: the place, and what stands there. */
function quotes(list) {
  return el('ul.quotes', null, list.map((quote) => el('li', null,
    place(quote.at),
    quote.text === undefined ? null : el('q.line', null, quote.text))));
}

/** A role with its colour; it is told in words as well. */
function badge(role, confidence) {
  return el('span.badge', {'data-role': role}, role, confidence ? el('span.confidence', null, confidence) : null);
}

/** Flags of a module, `?` where nobody could tell them. */
function flags(text) {
  if (text === undefined) return el('span.flags', {title: 'no witness can show flags'}, '?');
  return el('span.flags', null, text === '' ? '–' : text);
}

/** A table in a frame that scrolls sideways, by keyboard as well. */
function scroller(label, table) {
  return el('div.scroll', {tabindex: 0, role: 'region', 'aria-label': label}, table);
}
