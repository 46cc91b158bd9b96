// Above the table: how many reports there are of each kind, and faults that several have in common.

const MOST_GROUPS = 8;

/** Counts as buttons that filter the table. */
function countsBar(filter, apply) {
  const buttons = COUNTS.map((one) => ({...one, number: ROWS.filter(one.test).length}))
    .filter((one) => one.id === 'all' || one.number > 0)
    .map((one) => el('button.tile', {
      type: 'button', 'data-count': one.id, 'aria-pressed': String(filter.count === one.id),
      onclick: () => apply({count: one.id}),
    }, el('span.number', null, one.number.toLocaleString('en')), el('span.label', null, one.label)));
  return el('div.tiles', {role: 'group', 'aria-label': 'Reports by what they come to'}, buttons);
}

/** The same fault on several reports, most reports first. */
function groupsList(filter, apply, all) {
  const groups = DATA.groups.filter((group) => group.reports.length > 1 || group.occurrences > 1);
  if (!groups.length) return null;
  const most = Math.max(...groups.map((group) => group.reports.length));
  const item = (group) => {
    const nth = DATA.groups.indexOf(group);
    const bar = el('span.bar', {'aria-hidden': 'true'});
    bar.style.width = Math.max(2, (100 * group.reports.length) / most) + '%';
    const where = [];
    if (group.hosts > 1) where.push('on ' + count(group.hosts, 'host'));
    if (group.occurrences > group.reports.length) where.push('happened ' + count(group.occurrences, 'time'));
    return el('li', null, el('button.group', {
      type: 'button', 'data-group': nth, 'aria-pressed': String(filter.group === nth),
      onclick: () => apply({group: filter.group === nth ? null : nth}),
    }, bar,
    el('span.times', null, group.reports.length.toLocaleString('en')),
    el('span.title', null, group.title),
    where.length ? el('span.where', null, where.join(', ')) : null));
  };
  const shown = all ? groups : groups.slice(0, MOST_GROUPS);
  const list = el('ol.groups', null, shown.map(item));
  const more = groups.length - shown.length;
  return el('section', {'aria-labelledby': 'groups-head'},
    el('h2', {id: 'groups-head'}, 'The same fault more than once'),
    list,
    more > 0 ? el('button.more', {type: 'button', onclick: () => apply({allGroups: true})}, count(more, 'more fault')) : null);
}

/** What changed between the reports of one host. */
function hostsList() {
  const hosts = DATA.hosts.filter((host) => host.reports.some(([, , changes]) => changes.length));
  if (!hosts.length) return null;
  return el('details.hosts', null,
    el('summary', null, 'What changed between reports of a host (' + count(hosts.length, 'host') + ')'),
    el('dl', null, hosts.slice(0, 200).flatMap((host) => [
      el('dt', null, host.host),
      ...host.reports.filter(([, , changes]) => changes.length).map(([name, when, changes]) =>
        el('dd', null, when ? when + ': ' : name + ': ', changes.join(', '))),
    ])));
}
