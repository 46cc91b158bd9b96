// Which third-party module stands how in which report.

const MOST_COLUMNS = 40;

const LETTERS = {
  faulting: 'F', named: 'N', 'call-path': 'C', 'stale-frame': 'S', unloaded: 'U', loading: 'L', present: '·',
};

/** Role of each third-party module of a report by name; `present` for one that is loaded and stands nowhere. */
function rolesOf(report) {
  const roles = new Map();
  for (const module of report.modules || []) {
    if (module.thirdParty && module.loaded !== false) roles.set(module.name, module.role || 'present');
  }
  for (const suspect of report.suspects || []) {
    if (!roles.has(suspect.module) || rank(suspect.role) < rank(roles.get(suspect.module))) roles.set(suspect.module, suspect.role);
  }
  return roles;
}

function league() {
  const row = (one) => el('tr', null,
    el('th', {scope: 'row'}, el('a', {href: '#/', onclick: () => { filter.module = one.module; filter.group = null; filter.count = 'all'; }}, one.module)),
    el('td.num', null, one.standing), el('td.num', null, one.first), el('td.num', null, one.loaded));
  const rows = DATA.modules;
  const body = el('tbody');
  const more = el('button.more', {type: 'button'});
  fill(body, more, rows, row);
  return el('section', {'aria-labelledby': 'league-head'},
    el('h2', {id: 'league-head'}, 'Third-party modules'),
    scroller('Table of third-party modules',
      el('table.league', null,
        el('thead', null, el('tr', null, el('th', {scope: 'col'}, 'Module'), el('th.num', {scope: 'col'}, 'In events of'),
          el('th.num', {scope: 'col'}, 'First suspect in'), el('th.num', {scope: 'col'}, 'Loaded in'))), body)),
    more);
}

function matrix() {
  const columns = DATA.modules.slice(0, MOST_COLUMNS).map((one) => one.module);
  const rows = ROWS.map((row) => ({row, roles: rolesOf(row.report)})).filter((one) => columns.some((name) => one.roles.has(name)));
  if (!columns.length || !rows.length) return null;
  const cell = (one, name) => {
    const role = one.roles.get(name);
    if (!role) return el('td');
    return el('td', {'data-role': role}, el('span', {'aria-hidden': 'true'}, LETTERS[role]), el('span.sr', null, role));
  };
  const line = (one) => el('tr', null,
    el('th', {scope: 'row'}, el('a', {href: '#/r/' + one.row.number}, one.row.name)),
    columns.map((name) => cell(one, name)));
  const body = el('tbody');
  const more = el('button.more', {type: 'button'});
  fill(body, more, rows, line);
  const left = DATA.modules.length - columns.length;
  return el('section', {'aria-labelledby': 'matrix-head'},
    el('h2', {id: 'matrix-head'}, 'Modules by report'),
    el('p.legend', null, ROLES.map((role) => el('span', {'data-role': role}, el('b', null, LETTERS[role]), ' ' + (role === 'present' ? 'loaded only' : role)))),
    left > 0 ? el('p.muted', null, `The ${MOST_COLUMNS} modules that stand in most events; ${left} more are in the table above.`) : null,
    scroller('Matrix of modules and reports',
      el('table.matrix', null,
        el('thead', null, el('tr', null, el('th', {scope: 'col'}, 'Report'),
          columns.map((name) => el('th.module', {scope: 'col'}, el('span', null, name))))), body)),
    more);
}

function modulesView() {
  if (!DATA.modules.length) return [el('h1', null, 'Modules'), el('p', null, 'No third-party module is known in any report.')];
  return [el('h1.sr', null, 'Modules'), league(), matrix()];
}
