// The triage table: a row per report, sorted and filtered in memory; rows are made as far as they are looked at.

const CHUNK = 200;

const COLUMNS = [
  {id: 'name', label: 'Report', key: (row) => row.name.toLowerCase()},
  {id: 'kernel', label: 'Kernel', key: (row) => row.kernel},
  {id: 'event', label: 'Event', key: (row) => row.kind + '\u0000' + row.symbol},
  {id: 'module', label: 'Module', key: (row) => row.module || '\uffff'},
  {id: 'flags', label: 'Flags', key: (row) => row.flags || '\uffff'},
  {id: 'role', label: 'Role', key: (row) => row.rank},
  {id: 'when', label: 'Collected', key: (row) => row.when || '\uffff'},
];

/** What is looked for and how it is sorted; it outlives the views. */
const filter = {text: '', count: 'all', group: null, kind: '', role: '', module: '', sort: null, down: false, allGroups: false};

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The rows that pass the filter, in order. */
function chosenRows() {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const members = filter.group === null ? null : new Set(DATA.groups[filter.group].reports);
  const counted = COUNTS.find((one) => one.id === filter.count) || COUNTS[0];
  const rows = ROWS.filter((row) => counted.test(row)
    && (members === null || members.has(row.number))
    && (!filter.kind || (row.report.events || []).some((event) => event.kind === filter.kind))
    && (!filter.role || (row.report.suspects || []).some((suspect) => suspect.role === filter.role))
    && (!filter.module || (row.report.modules || []).some((module) => module.name === filter.module))
    && words.every((word) => searchText(row).includes(word)));
  const column = COLUMNS.find((one) => one.id === filter.sort);
  if (!column) return rows;
  const keyed = rows.map((row) => [column.key(row), row]);
  keyed.sort((a, b) => (filter.down ? compare(b[0], a[0]) : compare(a[0], b[0])) || a[1].number - b[1].number);
  return keyed.map(([, row]) => row);
}

function tableRow(row) {
  const {report, event, suspect} = row;
  const link = el('a.report', {href: '#/r/' + row.number}, row.name);
  const what = report.failed ? el('span.failure', null, 'could not be read')
    : event ? [el('span.kind', null, event.kind + (event.ending || '')), row.symbol ? el('code.symbol', null, row.symbol) : null]
      : el('span.muted', null, 'no kernel event');
  const partly = !report.failed && (report.problems || []).length ? el('span.partly', {title: 'read only in part'}, 'in part') : null;
  return el('tr', null,
    el('th', {scope: 'row'}, link, partly, row.host ? el('span.host', null, row.host) : null),
    el('td.kernel', {'data-column': 'kernel'}, row.kernel || '–'),
    el('td', null, what),
    el('td.module', null, suspect ? [suspect.module, row.more ? el('span.muted', null, ' +' + row.more) : null] : el('span.muted', null, '–')),
    el('td', null, suspect ? flags(suspect.flags) : null),
    el('td', null, suspect ? badge(suspect.role, suspect.confidence) : null),
    el('td.when', {'data-column': 'when'}, row.when.slice(0, 10)));
}

function headCell(column, apply) {
  const sorted = filter.sort === column.id;
  return el('th', {scope: 'col', 'data-column': column.id, 'aria-sort': sorted ? (filter.down ? 'descending' : 'ascending') : null},
    el('button', {type: 'button', 'data-sort': column.id, onclick: () => apply({sort: column.id, down: sorted && !filter.down})},
      column.label, el('span.arrow', {'aria-hidden': 'true'}, sorted ? (filter.down ? '▼' : '▲') : '')));
}

/** Fills a body with rows, a piece at a time; the rest comes when its end is scrolled to, or at once for printing. */
function fill(body, more, rows, make) {
  let next = 0;
  const add = (number) => {
    const piece = document.createDocumentFragment();
    for (const row of rows.slice(next, next + number)) piece.append(make(row));
    next = Math.min(rows.length, next + number);
    body.append(piece);
    more.hidden = next >= rows.length;
    more.textContent = count(rows.length - next, 'more row');
  };
  more.onclick = () => add(CHUNK);
  more.showAll = () => add(rows.length);
  body.replaceChildren();
  add(CHUNK);
}

/** A choice of one value among those that occur. */
function choice(label, key, values, apply) {
  const options = values.map((value) => el('option', {value, selected: filter[key] === value}, value));
  return el('label.field', null, el('span', null, label),
    el('select', {'data-filter': key, onchange: (change) => apply({[key]: change.target.value})},
      el('option', {value: ''}, 'any'), options));
}

function distinct(lists) {
  return [...new Set(lists)].sort(compare);
}

/** The view of all reports. */
function reportsView() {
  const status = el('p.status', {role: 'status', 'aria-live': 'polite'});
  const tiles = el('div');
  const groups = el('div');
  const head = el('thead');
  const body = el('tbody');
  const more = el('button.more', {type: 'button'});
  const clear = el('button.clear', {type: 'button', onclick: () => apply(
    {text: '', count: 'all', group: null, kind: '', role: '', module: ''}, true)}, 'Show all');
  const tools = el('div.tools', {role: 'search'});

  const search = el('input', {type: 'search', id: 'search', placeholder: 'host, kernel, symbol, module …', autocomplete: 'off',
    oninput: (event) => apply({text: event.target.value})});
  const drawTools = () => {
    search.value = filter.text;
    refill(tools,
      el('label.field.search', null, el('span', null, 'Search ', el('kbd', null, '/')), search),
      choice('Event', 'kind', distinct(REPORTS.flatMap((report) => (report.events || []).map((event) => event.kind))), apply),
      choice('Role', 'role', ROLES.filter((role) => REPORTS.some((report) => (report.suspects || []).some((one) => one.role === role))), apply),
      choice('Module', 'module', distinct(DATA.modules.map((one) => one.module)), apply),
      clear);
  };
  const drawRows = () => {
    const rows = chosenRows();
    refill(head, el('tr', null, COLUMNS.map((column) => headCell(column, apply))));
    fill(body, more, rows, tableRow);
    status.textContent = rows.length === ROWS.length ? count(rows.length, 'report') : rows.length.toLocaleString('en') + ' of ' + count(ROWS.length, 'report');
    clear.hidden = rows.length === ROWS.length;
  };
  const drawOverview = () => {
    refill(tiles, countsBar(filter, apply));
    refill(groups, groupsList(filter, apply, filter.allGroups));
  };
  /** Changes the filter and draws what depends on it; the element that has the focus keeps it. */
  function apply(change, redrawTools) {
    const focus = document.activeElement && document.activeElement.dataset;
    const selector = focus && ['sort', 'count', 'group'].map((key) => focus[key] !== undefined && `[data-${key}="${focus[key]}"]`).find(Boolean);
    Object.assign(filter, change);
    if (change.count !== undefined || change.group !== undefined || change.allGroups) drawOverview();
    if (redrawTools) drawTools();
    drawRows();
    const again = selector && document.querySelector(selector);
    if (again) again.focus();
    else if (redrawTools) search.focus();
  }

  drawOverview();
  drawTools();
  drawRows();
  return [
    el('h1.sr', null, 'Triage of ' + count(REPORTS.length, 'report')),
    tiles, groups,
    el('section', {'aria-labelledby': 'table-head'},
      el('div.bar-head', null, el('h2', {id: 'table-head'}, 'Reports'), status),
      tools,
      scroller('Triage table',
        el('table.triage', null, el('caption.sr', null, 'Triage table; the buttons of its head sort it'), head, body)),
      more),
    hostsList(),
  ];
}
