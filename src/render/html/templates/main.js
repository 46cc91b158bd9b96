// Which view is shown is told by the address: #/ all reports, #/modules, #/r/12 a report, #/r/12/e2 an event of it.

const main = document.getElementById('main');
let shownRoute = null;

function drawNav(route) {
  if (REPORTS.length < 2) return;
  const link = (href, label, current) => el('a', {href, 'aria-current': current ? 'page' : null}, label);
  refill(document.getElementById('nav'), link('#/', 'Reports', route === ''), link('#/modules', 'Modules', route === 'modules'));
}

function show() {
  const [, view = '', number, event] = location.hash.split('/');
  const single = REPORTS.length === 1 && view !== 'modules';
  const route = view === 'r' ? 'r/' + number : single ? 'r/0' : view;
  const another = route !== shownRoute;
  if (another) {
    const isReport = route.startsWith('r/');
    const content = isReport ? reportView(Number(route.slice(2))) : route === 'modules' ? modulesView() : reportsView();
    main.className = isReport ? 'view-report' : 'view-list';
    refill(main, content);
    drawNav(isReport ? 'r' : route);
    if (shownRoute !== null) {
      window.scrollTo(0, 0);
      main.focus({preventScroll: true});
    }
    shownRoute = route;
  }
  const target = event && document.getElementById(event);
  if (target) {
    target.scrollIntoView({block: 'start'});
    target.querySelector('h3').focus({preventScroll: true});
  }
}

// Paper has no clicks: everything is open and every row is there while printing.
let closed = [];
window.addEventListener('beforeprint', () => {
  document.querySelectorAll('button.more').forEach((button) => button.showAll && button.showAll());
  closed = [...document.querySelectorAll('details:not([open])')];
  closed.forEach((one) => { one.open = true; });
});
window.addEventListener('afterprint', () => closed.forEach((one) => { one.open = false; }));

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === '/' && !typing) {
    const search = document.getElementById('search');
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.key === 'Escape' && shownRoute && shownRoute.startsWith('r/') && REPORTS.length > 1) {
    location.hash = '#/';
  }
});

// The end of a table that comes into sight brings more of it.
if ('IntersectionObserver' in window) {
  const sight = new IntersectionObserver((seen) => seen.forEach((one) => one.isIntersecting && one.target.click()), {rootMargin: '600px'});
  new MutationObserver(() => document.querySelectorAll('button.more').forEach((button) => button.showAll && sight.observe(button)))
    .observe(main, {childList: true, subtree: false});
}

window.addEventListener('hashchange', show);
show();
