// The reports, and what each comes to in a row of the table.

const DATA = JSON.parse(document.getElementById('data').textContent);
const REPORTS = DATA.reports;

/** Strongest first. */
const ROLES = ['faulting', 'named', 'call-path', 'stale-frame', 'unloaded', 'loading', 'present'];

function rank(role) {
  const at = ROLES.indexOf(role);
  return at < 0 ? ROLES.length : at;
}

function suspectsOf(report, event) {
  return (report.suspects || []).filter((suspect) => suspect.event === event);
}

/** What the table shows of one report. */
function rowOf(report, number) {
  const events = report.events || [];
  const event = events.find((one) => one.primary) || events.find((one) => one.detail);
  const suspects = event ? suspectsOf(report, event.id) : [];
  const suspect = suspects[0];
  return {
    number, report, event, suspect,
    more: Math.max(0, suspects.length - 1),
    name: report.name,
    host: report.host || '',
    kernel: report.kernel || '',
    kind: event ? event.kind : '',
    symbol: event ? event.symbol || '' : '',
    module: suspect ? suspect.module : '',
    flags: suspect && suspect.flags !== undefined ? suspect.flags : '',
    role: suspect ? suspect.role : '',
    rank: suspect ? rank(suspect.role) : report.failed ? 90 : event ? 50 : 60,
    when: report.collected || (event && event.wall) || '',
    search: null,
  };
}

/** Everything of a report that the search looks at, in lower case; made when it is first needed. */
function searchText(row) {
  if (row.search === null) {
    const report = row.report;
    const parts = [report.name, report.input, report.member, report.host, report.kernel, report.verdict, report.distro];
    for (const event of report.events || []) parts.push(event.kind, event.title, event.symbol, event.process);
    for (const module of report.modules || []) parts.push(module.name, module.owner, module.package);
    for (const suspect of report.suspects || []) parts.push(suspect.module, suspect.role);
    row.search = parts.filter(Boolean).join('\n').toLowerCase();
  }
  return row.search;
}

const ROWS = REPORTS.map(rowOf);

const COUNTS = [
  {id: 'all', label: 'reports', test: () => true},
  {id: 'suspect', label: 'with a suspect module', test: (row) => row.suspect !== undefined},
  {id: 'fault', label: 'with a fault, nobody named', test: (row) => row.event !== undefined && row.suspect === undefined},
  {id: 'quiet', label: 'without a kernel event', test: (row) => row.event === undefined && !row.report.failed},
  {id: 'partly', label: 'read only in part', test: (row) => !row.report.failed && (row.report.problems || []).length > 0},
  {id: 'failed', label: 'could not be read', test: (row) => Boolean(row.report.failed)},
];
