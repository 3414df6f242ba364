#!/usr/bin/env python3
"""examples/python/gradio_chat.py in Chromium: it is asked a question, thinks where one can see it, folds that, and answers.

    gradio_page.py --source DIR --python VENV/bin/python --picture PAGE.png

The package `reckon` is in the virtual environment already; Gradio and Playwright are fetched into it once. What cannot be had, Chromium
included, makes the test skip (77).
"""
import argparse
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

SKIPPED = 77
PLAYWRIGHT = 'playwright==1.65.2'
PUZZLE = '鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？'
CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync']
# Notes how long the text of the answer was whenever it changed.
WATCH = '''() => {
  window.lengths = [];
  new MutationObserver(() => {
    const bot = document.querySelector('[data-testid=bot]');
    if (bot) window.lengths.push(bot.closest('.message-row').innerText.length);
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}'''


def skip(*message):
    print(*message, 'skipped')
    sys.exit(SKIPPED)


def check(condition, *message):
    if not condition:
        sys.exit(' '.join(str(part) for part in message))


def fetch(python, requirements):
    if not pathlib.Path(python).exists():
        skip('bindings.python_wheel has made no virtual environment:')
    old = subprocess.run([python, '-c', 'import sys; sys.exit(sys.version_info < (3, 10))'], check=False)
    if old.returncode != 0:
        skip('Gradio needs Python 3.10:')
    pip = subprocess.run([python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements, PLAYWRIGHT], check=False)
    if pip.returncode != 0:
        skip('Gradio and Playwright cannot be fetched here:')


def browse(address, chromium, picture):
    """Runs inside of the virtual environment."""
    from playwright.sync_api import expect, sync_playwright
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(profile, executable_path=chromium, args=CHROMIUM, headless=True,
                                                                viewport={'width': 1100, 'height': 900})
        page = browser.new_page()
        page.set_default_timeout(120_000)
        expect.set_options(timeout=120_000)
        foreign, errors = [], []
        page.on('request', lambda request: None if request.url.startswith((address, 'data:', 'blob:')) else foreign.append(request.url))
        page.on('pageerror', lambda error: errors.append(str(error)))
        page.goto(address)
        page.evaluate(WATCH)
        box = page.get_by_role('textbox').last
        box.fill(PUZZLE)
        box.press('Enter')
        expect(page.get_by_text('鸡有23只，兔有12只')).to_be_visible()
        lengths = page.evaluate('window.lengths')
        print('lengths of what was shown:', sorted(set(lengths)))
        check(len(set(lengths)) >= 3, 'the answer did not come in pieces')
        # Folded when it is done, and there for who wants it.
        reasoning = page.get_by_text('2y=94-70')
        expect(reasoning).not_to_be_visible()
        page.get_by_text('Reasoning', exact=True).click()
        expect(reasoning).to_be_visible()
        page.wait_for_timeout(500)  # until it has unfolded
        page.screenshot(path=picture)
        check(not foreign, 'the page asked others:', foreign)
        check(not errors, 'errors in the page:', errors)
        browser.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('source', 'python', 'picture'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--browse', metavar='ADDRESS', help='for the call of itself')
    arguments = parser.parse_args()
    chromium = shutil.which('chromium') or shutil.which('chromium-browser')
    if arguments.browse:
        browse(arguments.browse, chromium, arguments.picture)
        return
    if not chromium:
        skip('Chromium is not installed:')
    source = pathlib.Path(arguments.source)
    fetch(arguments.python, source / 'examples/python/requirements.txt')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    environment = dict(os.environ, GRADIO_SERVER_PORT=str(port), GRADIO_ANALYTICS_ENABLED='False', HF_HUB_OFFLINE='1', PYTHONUNBUFFERED='1')
    server = subprocess.Popen([arguments.python, '-B', source / 'examples/python/gradio_chat.py', source / 'examples/models/tiny-r1'],
                              env=environment, stdout=subprocess.PIPE, encoding='utf-8')
    try:
        for line in server.stdout:
            print(line, end='', flush=True)
            if found := re.search(r'http://127\.0\.0\.1:\d+', line):
                break
        else:
            sys.exit('the page did not start')
        check(found[0].endswith(f':{port}'), 'the page is elsewhere')
        browser = subprocess.run([arguments.python, '-B', __file__, *sys.argv[1:], '--browse', found[0]], timeout=400, check=False)
    finally:
        server.kill()
        server.wait()
    sys.exit(browser.returncode)


if __name__ == '__main__':
    main()
