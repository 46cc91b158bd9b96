// The events of a report against the uptime at which they happened; a lane per boot.

/** Steps of a scale that people read easily, in seconds. */
const STEPS = [1e-3, 1e-2, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800, 2592000, 31536000];

/** Width of a mark in hundredths of the narrowest track, and how many rows of them there are at most. */
const MARK = 5;
const MOST_ROWS = 12;

/** `812.1 s`, `1 h 12 min`, `3 d 4 h`: as fine as the step of a scale, or as fine as it is worth telling. */
function uptime(seconds, step) {
  const fine = step === undefined ? Math.max(0.01, seconds / 1000) : step;
  const digits = fine >= 1 ? 0 : fine >= 0.1 ? 1 : fine >= 0.01 ? 2 : 3;
  const units = [['d', 86400], ['h', 3600], ['min', 60]];
  const parts = [];
  let rest = Number(seconds.toFixed(digits));
  for (const [name, size] of units) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole || parts.length) parts.push(whole + ' ' + name);
    if (parts.length && fine >= size) return parts.join(' ');
  }
  if (!parts.length || fine < 60) parts.push(rest.toFixed(digits) + ' s');
  return parts.join(' ');
}

/** The strongest role in an event. */
function roleOf(report, event) {
  const roles = suspectsOf(report, event.id).map((suspect) => suspect.role);
  return roles.sort((a, b) => rank(a) - rank(b))[0];
}

function lane(report, number, name, events) {
  const times = events.map((event) => event.time);
  const first = Math.min(...times);
  const last = Math.max(...times);
  const room = Math.max((last - first) * 0.06, last * 1e-4, 0.01);
  const from = Math.max(0, first - room);
  const span = last + room - from;
  const at = (time) => (100 * (time - from)) / span + '%';
  const step = STEPS.find((one) => span / one <= 6) || span / 4;
  const axis = el('div.axis', {'aria-hidden': 'true'});
  for (let tick = Math.ceil(from / step) * step; tick <= from + span; tick += step) {
    const mark = el('span.tick', null, uptime(tick, step));
    mark.style.left = at(tick);
    axis.append(mark);
  }
  const track = el('ol.track', {'aria-label': name});
  const rows = [];
  for (const event of [...events].sort((a, b) => a.time - b.time)) {
    const what = `Event ${event.id}: ${event.kind}${event.symbol ? ' in ' + event.symbol : ''}, ${uptime(event.time)} after boot`;
    const mark = event.detail
      ? el('a.mark', {href: `#/r/${number}/e${event.id}`, 'aria-label': what, title: what, 'data-role': roleOf(report, event), 'data-primary': event.primary}, event.id)
      : el('span.mark.small', {title: what}, el('span.sr', null, what));
    const item = el('li', null, mark);
    item.style.left = at(event.time);
    if (event.detail) {
      // Marks that would cover each other stand above each other.
      const where = parseFloat(at(event.time));
      const free = rows.findIndex((last) => where - last > MARK);
      const row = free >= 0 ? free : Math.min(rows.length, MOST_ROWS - 1);
      rows[row] = where;
      item.style.bottom = row * 2 + 'rem';
    }
    track.append(item);
  }
  track.style.height = 0.4 + 2 * Math.max(1, rows.length) + 'rem';
  return el('div.lane', null, el('p.lane-name', null, name), track, axis);
}

/** Null where no event has a time. */
function timeline(report, number) {
  const lanes = new Map();
  for (const event of report.events || []) {
    if (event.time === undefined) continue;
    if (!lanes.has(event.boot)) lanes.set(event.boot, []);
    lanes.get(event.boot).push(event);
  }
  const without = (report.events || []).filter((event) => event.time === undefined).length;
  if (!lanes.size) return null;
  return el('section', {'aria-labelledby': 'timeline-head'},
    el('h2', {id: 'timeline-head'}, 'Timeline'),
    el('p.muted', null, 'Events against the time since boot.', without ? ` ${count(without, 'event')} without a time stamp ${without === 1 ? 'is' : 'are'} not on it.` : null),
    [...lanes].map(([name, events]) => lane(report, number, name, events)));
}
