// Debian's Chromium, and pages opened from disk as a person would open them.
import {existsSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export const MISSING = EXECUTABLE ? false : 'NOT RUN: no Chromium on this machine (apt-get install chromium)';

export function launch() {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** Opens a file; what the console complains of and what the page asks the network for is collected. */
export async function open(browser, file, {hash = '', ...options} = {}) {
  const page = await browser.newPage({viewport: {width: 1400, height: 900}, ...options});
  const complaints = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => { complaints.push('dialog: ' + dialog.message()); dialog.dismiss(); });
  page.on('request', (request) => { if (!request.url().startsWith('file:')) complaints.push('asked for ' + request.url()); });
  await page.goto(pathToFileURL(file).href + hash);
  return {page, complaints};
}
