// The page in a browser. The pages are made by tests/page.rs, which runs this; PAGES is the folder they are in.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {MISSING, launch, open} from './browser.mjs';

const PAGES = process.env.PAGES;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const file = (name) => join(PAGES, name + '.html');
const SKIP = MISSING || (PAGES ? false : 'NOT RUN: run by `cargo test --test page`, which makes the pages');

let browser;
before(async () => { if (!SKIP) browser = await launch(); });
after(async () => { if (browser) await browser.close(); });

/** Runs a test on a page, which must have nothing to complain of at its end. */
function onPage(what, name, options, steps) {
  test(what, {skip: SKIP}, async () => {
    const {page, complaints} = await open(browser, file(name), options);
    try {
      await steps(page);
      assert.deepEqual(complaints, []);
    } finally {
      await page.close();
    }
  });
}

const names = (page) => page.locator('table.triage tbody a.report').allTextContents();
const roles = (page) => page.locator('table.triage tbody tr').evaluateAll((rows) => rows.map((row) => row.querySelector('.badge')?.dataset.role ?? ''));

onPage('a head sorts the table, and sorts it the other way when it is pressed again', 'samples', {}, async (page) => {
  const before = await names(page);
  await page.getByRole('button', {name: 'Report', exact: true}).click();
  const up = await names(page);
  assert.deepEqual(up, [...before].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
  assert.equal(await page.locator('th[data-column=name]').getAttribute('aria-sort'), 'ascending');
  await page.keyboard.press('Enter'); // the head keeps the focus
  assert.deepEqual(await names(page), [...up].reverse());
  assert.equal(await page.locator('th[data-column=name]').getAttribute('aria-sort'), 'descending');
  await page.getByRole('button', {name: 'Role', exact: true}).click();
  const order = (await roles(page)).filter(Boolean).map((role) => ['faulting', 'named', 'call-path', 'stale-frame'].indexOf(role));
  assert.ok(order.length > 5);
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
});

onPage('search, choices and counts filter, and the number of reports is told', 'samples', {}, async (page) => {
  const all = (await names(page)).length;
  await page.keyboard.press('/');
  await page.keyboard.type('acmefs hung');
  assert.deepEqual(await names(page), ['sosreport-web71-20150902162044.tar.gz']);
  assert.equal(await page.getByRole('status').textContent(), `1 of ${all} reports`);
  await page.getByRole('button', {name: 'Show all'}).click();
  assert.equal((await names(page)).length, all);
  await page.getByLabel('Role').selectOption('stale-frame');
  assert.equal((await names(page)).length, 2);
  await page.getByLabel('Role').selectOption('');
  await page.getByLabel('Module').selectOption('acmefs');
  assert.equal((await names(page)).length, 3);
  await page.getByLabel('Module').selectOption('');
  await page.getByRole('button', {name: /read only in part/}).click();
  assert.deepEqual(await names(page), ['sosreport-cut79-2021-05-18-cwequyb.tar.xz']);
});

onPage('a report is opened by the keyboard, its evidence on a click, and Escape leads back', 'samples', {}, async (page) => {
  await page.getByRole('link', {name: /vm79/}).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {level: 1, name: /vm79/}).waitFor();
  assert.match(await page.locator('.verdict').textContent(), /acmevol/);
  const evidence = page.locator('details.evidence').first();
  assert.equal(await evidence.locator('.line').first().isVisible(), false);
  await evidence.locator('summary').focus();
  await page.keyboard.press('Enter');
  assert.match(await evidence.locator('.quotes').first().textContent(), /:\d+.*acmevol_requeue/);
  const marked = await page.locator('ol.stack li[data-role=faulting]').allTextContents();
  assert.ok(marked.length > 0 && marked.every((line) => line.includes('[acmevol')), marked.join('\n'));
  assert.ok((await page.locator('.track a.mark').count()) > 0);
  await page.keyboard.press('Escape');
  await page.locator('table.triage').waitFor();
});

onPage('the matrix has a role for each module of a report', 'samples', {hash: '#/modules'}, async (page) => {
  const heads = await page.locator('table.matrix thead th.module').allTextContents();
  const row = page.locator('table.matrix tbody tr', {hasText: 'web71'});
  const cells = await row.locator('td').evaluateAll((all) => all.map((cell) => cell.dataset.role ?? ''));
  assert.equal(cells[heads.indexOf('acmefs')], 'call-path');
  await page.getByRole('link', {name: 'acmefs', exact: true}).click();
  await page.locator('table.triage').waitFor();
  assert.equal((await names(page)).length, 3);
});

onPage('a single report is shown at once', 'single', {}, async (page) => {
  await page.locator('.verdict').waitFor();
  assert.equal(await page.locator('nav a').count(), 0);
});

onPage('marks of events at one moment stand apart, and lead to their events', 'close', {viewport: {width: 800, height: 900}}, async (page) => {
  const boxes = await page.locator('.track a.mark').evaluateAll((marks) => marks.map((mark) => mark.getBoundingClientRect().toJSON()));
  assert.equal(boxes.length, 7);
  for (const [nth, a] of boxes.entries()) {
    for (const b of boxes.slice(nth + 1)) {
      const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
      assert.ok(apart, JSON.stringify([a, b]));
    }
  }
  await page.locator('.track a.mark').last().click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'e7-head');
});

onPage('printing opens everything, on white also in dark mode', 'single', {colorScheme: 'dark'}, async (page) => {
  await page.emulateMedia({media: 'print'});
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('.badge')).color), 'rgb(179, 38, 30)');
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.locator('details:not([open])').count(), 0);
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  assert.ok((await page.locator('details:not([open])').count()) > 0);
});

for (const hash of ['', '#/r/0', '#/r/1', '#/r/2', '#/modules']) {
  onPage(`hostile text stays text (${hash || 'list'})`, 'hostile', {hash}, async (page) => {
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
    assert.equal(await page.locator('main img, main script, main iframe, main svg, main b.evil, main a[href^="javascript"]').count(), 0);
    assert.equal(await page.evaluate(() => document.querySelectorAll('script').length), 2);
    assert.equal(await page.evaluate(() => typeof globalThis.pwned), 'undefined');
    const text = await page.locator('main').innerText();
    assert.ok(text.includes('<img src=x onerror='), text.slice(0, 500));
    assert.ok(!/[\u0000-\u0008\u001b\u200b\u202e]/.test(text));
  });
}

test('the policy holds: no script but the one of the page is run', {skip: SKIP}, async () => {
  const {page, complaints} = await open(browser, file('single'));
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.pwned = 1';
    document.body.append(script);
    document.body.setAttribute('onclick', 'globalThis.pwned = 1');
    document.body.click();
  });
  assert.equal(await page.evaluate(() => typeof globalThis.pwned), 'undefined');
  assert.ok(complaints.length > 0 && complaints.every((one) => one.includes('Content Security Policy')), complaints.join('\n'));
  await page.close();
});

for (const [name, hash] of [['samples', ''], ['samples', '#/modules'], ['samples', '#/r/10'], ['hostile', '#/r/0']]) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of colorScheme === 'light' ? [1400, 800] : [1400]) {
      onPage(`axe finds nothing serious: ${name} ${hash} ${colorScheme} ${width}`, name, {hash, colorScheme, viewport: {width, height: 900}}, async (page) => {
        await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
        await page.evaluate(`const module = undefined; const exports = undefined; ${AXE}; window.axe = axe;`);
        const {violations} = await page.evaluate(() => window.axe.run(document));
        const told = violations.map((one) => `${one.impact} ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`);
        assert.deepEqual(told.filter((line) => /^(serious|critical)/.test(line)), []);
        if (told.length) console.log(told.join('\n'));
      });
    }
  }
}

onPage('without scripts the verdicts are there', 'samples', {javaScriptEnabled: false}, async (page) => {
  assert.match(await page.locator('noscript').innerText(), /acmevol/);
});

test('2,000 reports open and filter (figures, no limit)', {skip: SKIP}, async () => {
  const megabytes = statSync(file('many')).size / 1e6;
  assert.ok(megabytes < 20, `${megabytes} MB`);
  const start = performance.now();
  const {page, complaints} = await open(browser, file('many'));
  await page.locator('table.triage tbody tr').first().waitFor();
  const opened = performance.now() - start;
  const timed = (act) => page.evaluate(async (source) => {
    const from = performance.now();
    const search = document.getElementById('search');
    if (source === 'sort') document.querySelector('[data-sort=module]').click();
    else { search.value = source; search.dispatchEvent(new Event('input')); }
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - from;
  }, act);
  const filtered = await timed('acmefs');
  assert.match(await page.getByRole('status').textContent(), /of 2,\d+ reports/);
  const sorted = await timed('sort');
  assert.deepEqual(complaints, []);
  console.log(`2,000 reports: ${megabytes.toFixed(1)} MB, opened in ${opened.toFixed(0)} ms, filtered in ${filtered.toFixed(0)} ms, sorted in ${sorted.toFixed(0)} ms`);
  await page.close();
});
