// One report: what it comes to, its events with their stacks, its modules, and the lines behind each claim.

function facts(report) {
  const pairs = [
    ['Input', el('code', null, report.input)],
    ['Member', report.member && el('code', null, report.member)],
    ['Kind', report.kind],
    ['Host', [report.host, report.distro, report.hardware].filter(Boolean).join(', ')],
    ['Collected', report.collected],
    ['Kernel', report.kernel && el('code', null, report.kernel + (report.arch ? ' (' + report.arch + ')' : ''))],
    ['Taint', report.taint && taint(report.taint)],
    ['Secure Boot', report.secureBoot && el('details.claim', null, el('summary', null, report.secureBoot[0]), quotes([report.secureBoot[1]]))],
    ['Kernel logs', report.logs && logs(report.logs)],
  ].filter(([, value]) => value);
  return el('dl.facts', null, pairs.map(([name, value]) => el('div', null, el('dt', null, name), el('dd', null, value))));
}

function taint(one) {
  const names = one.flags.map(([letter, name]) => (letter ? letter + ' ' : '') + name).join(', ');
  return el('details.claim', null, el('summary', null, one.value === undefined ? 'mask not known' : one.value, names ? ` (${names})` : null), quotes([one.quote]));
}

function logs(list) {
  const item = ([path, lines]) => el('li', null, place(path), ' ', el('span.muted', null, count(lines, 'line')));
  if (list.length < 4) return el('ul.plain', null, list.map(item));
  return el('details.claim', null, el('summary', null, count(list.length, 'log')), el('ul.plain', null, list.map(item)));
}

/** The backtrace, the function that was executing first. */
function stack(detail) {
  if (!detail.frames) return null;
  const frame = (one) => [
    one.stack ? el('li.context', null, one.stack) : null,
    el('li', {'data-role': one.mark, class: one.lead === '?' ? 'unreliable' : null, title: 'line ' + one.line},
      el('span.lead', null, one.lead === '?' ? el('abbr', {title: 'stack residue: proves nothing by itself'}, '?') : one.lead || ''),
      el('code', null, one.code),
      one.mark ? el('span.mark-name', null, one.mark) : null),
  ];
  const more = detail.moreFrames ? el('li.context', null, count(detail.moreFrames, 'more frame')) : null;
  return el('ol.stack', {'aria-label': 'Backtrace'}, detail.frames.map(frame), more);
}

/** A suspicion, and on a click the lines it rests on. */
function suspicion(report, suspect) {
  const module = (report.modules || []).find((one) => one.name === suspect.module);
  return el('details.evidence', {'data-role': suspect.role},
    el('summary', null, badge(suspect.role, suspect.confidence), el('b.module', null, suspect.module), flags(suspect.flags), el('span.reason', null, suspect.reason)),
    suspect.quotes.length ? [el('h4', null, 'Lines'), quotes(suspect.quotes)] : null,
    module && module.quotes ? [el('h4', null, `Where ${suspect.module} comes from: ${module.words}`), quotes(module.quotes)] : null,
    suspect.ranking.length ? [el('h4', null, 'How it was ranked'), el('ul.plain', null, suspect.ranking.map((text) => el('li', null, text)))] : null);
}

function eventArticle(report, number, event) {
  const detail = event.detail;
  const about = [
    event.process && el('span', null, event.process),
    detail.cpu !== undefined && el('span', null, 'CPU ' + detail.cpu),
    event.time !== undefined && el('span', {title: event.time + ' s after boot'}, uptime(event.time) + ' after boot'),
    event.wall && el('span', null, event.wall),
    detail.taint && el('span', null, detail.taint),
    event.follows && el('a', {href: `#/r/${number}/e${event.follows}`}, 'follows from event ' + event.follows),
    ['hardware', 'administrator', 'resource'].includes(detail.cause) && el('span', null, 'caused by: ' + detail.cause),
  ].filter(Boolean);
  const id = 'e' + event.id;
  return el('article.event', {id, 'aria-labelledby': id + '-head', 'data-primary': event.primary},
    el('h3', {id: id + '-head', tabindex: -1},
      el('span.event-number', null, 'Event ' + event.id), ' ', event.kind, event.ending || '',
      event.symbol ? [' in ', el('code', null, event.symbol)] : null,
      event.primary ? el('span.primary', null, 'the verdict is about it') : null),
    el('p.about', null, about),
    el('p.headline', null, el('code', null, event.title), detail.panic ? el('code', null, detail.panic) : null),
    detail.states ? detail.states.map((text) => el('p.warn', null, text)) : null,
    suspectsOf(report, event.id).map((suspect) => suspicion(report, suspect)),
    detail.bystanders ? el('p.muted', null, detail.bystanders + '.') : null,
    stack(detail),
    el('p.places', null, 'At ', place(event.quote.at), detail.also ? [', also at ', detail.also.map((at, nth) => [nth ? ', ' : null, place(at)])] : null));
}

/** The columns of the table of modules; one in which no module has anything is left out. */
const MODULE_COLUMNS = [
  ['Flags', (one) => flags(one.flags)],
  ['State', (one) => (one.quotes || one.conflicts
    ? el('details.claim', null, el('summary', null, one.words, one.conflicts ? el('span.partly', null, 'sources disagree') : null),
      one.conflicts ? el('ul.plain', null, one.conflicts.map((text) => el('li.warn', null, text))) : null,
      one.quotes ? quotes(one.quotes) : null)
    : one.words)],
  ['Signature', (one) => [one.signature, one.signer].filter(Boolean).join(', ')],
  ['Licence', (one) => one.license],
  ['Version', (one) => one.version],
  ['Package', (one) => one.package],
  ['Owner', (one) => (one.owner ? [one.owner, one.contact ? el('span.muted.block', null, one.contact) : null] : '')],
  ['Loaded', (one) => (one.loaded === undefined ? '?' : one.loaded ? 'yes' : 'no')],
];

function modulesTable(report) {
  if (!report.modules) return null;
  const columns = MODULE_COLUMNS.filter(([, cell]) => report.modules.some((one) => cell(one)));
  const row = (one) => el('tr', {'data-role': one.role || null},
    el('th', {scope: 'row'}, one.name, one.role ? badge(one.role) : null),
    columns.map(([head, cell]) => el('td', {'data-column': head.toLowerCase()}, cell(one))));
  const heads = ['Module', ...columns.map(([head]) => head)];
  return el('section', {'aria-labelledby': 'modules-head'},
    el('h2', {id: 'modules-head'}, report.modules.every((one) => one.thirdParty) ? 'Third-party modules' : 'Modules'),
    scroller('Table of the modules',
      el('table.modules', null, el('thead', null, el('tr', null, heads.map((head) => el('th', {scope: 'col'}, head)))),
        el('tbody', null, report.modules.map(row)))),
    report.moreModules ? el('p.muted', null, count(report.moreModules, 'more module')) : null);
}

/** A sentence in which backticks mark what is to be typed. */
function withCode(text) {
  const parts = text.split('`');
  if (parts.length % 2 === 0 || parts.some((part, nth) => nth % 2 && !part.trim())) return text;
  return parts.map((part, nth) => (nth % 2 ? el('code', null, part) : part));
}

function sentences(title, list, make) {
  if (!list || !list.length) return null;
  const id = title.toLowerCase().replace(/[^a-z]+/g, '-');
  return el('section', {'aria-labelledby': id}, el('h2', {id}, title), el('ul.sentences', null, list.map((one) => el('li', null, make ? make(one) : withCode(one)))));
}

function reportView(number) {
  const report = REPORTS[number];
  if (!report) return [el('h1', null, 'No such report'), el('p', null, el('a', {href: '#/'}, 'All reports'))];
  const row = ROWS[number];
  const told = (report.events || []).filter((event) => event.detail);
  told.sort((a, b) => Number(Boolean(b.primary)) - Number(Boolean(a.primary)) || a.id - b.id);
  const untold = (report.events || []).length - told.length;
  const steps = REPORTS.length < 2 ? null : el('nav.steps', {'aria-label': 'Neighbours'},
    number > 0 ? el('a', {href: '#/r/' + (number - 1), rel: 'prev'}, '← previous') : null,
    el('span.muted', null, `${number + 1} of ${REPORTS.length}`),
    number + 1 < REPORTS.length ? el('a', {href: '#/r/' + (number + 1), rel: 'next'}, 'next →') : null);
  return [
    steps,
    el('h1', null, report.name),
    el('p.verdict', {'data-role': report.failed ? 'failed' : row.suspect ? row.suspect.role : null}, report.verdict),
    facts(report),
    timeline(report, number),
    told.length ? el('section', {'aria-labelledby': 'events-head'},
      el('h2', {id: 'events-head'}, 'Events'),
      told.map((event) => eventArticle(report, number, event)),
      untold > 0 ? el('p.muted', null, count(untold, 'more event') + ' on the timeline only: nobody stands in them.') : null) : null,
    modulesTable(report),
    sentences('Also worth knowing', report.remarks),
    sentences('Next steps', report.steps),
    sentences('What could not be read', report.problems, ([path, message]) => [path ? [place(path), ': '] : null, message]),
    report.moreProblems ? el('p.muted', null, count(report.moreProblems, 'more problem')) : null,
  ];
}
