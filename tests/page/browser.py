"""The chat page in a real browser: opens it, watches what it must not do, and knows its parts by their data-testid."""

import json
import os
import pathlib
import sys
import unittest
import urllib.parse

from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "programs"))
from serving import Server  # noqa: E402  pylint: disable=wrong-import-position

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]
SHOTS = pathlib.Path(os.environ["RECKON_PAGE_SHOTS"])
AXE = pathlib.Path(os.environ["RECKON_PAGE_AXE"])
CHAT = "/v1/chat/completions"
PUZZLE = "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？"
PRIME = "用Python写一个函数is_prime，判断一个数是不是质数。"
EMAIL = "帮我写一封请假邮件，我叫李明，因为感冒发烧，需要请假3天。"
SLOW = int(os.environ.get("RECKON_PAGE_WAIT", "120000"))  # milliseconds; a loaded machine takes its time

# Runs before the page's own code: notes violations, and every state that answers go through.
WATCH = """
window.seen = { violations: [], states: [] };
document.addEventListener('securitypolicyviolation', (event) =>
  window.seen.violations.push([event.effectiveDirective, event.blockedURI, event.sample].join(' ')));
document.addEventListener('DOMContentLoaded', () => {
  const look = () => {
    const message = [...document.querySelectorAll('[data-testid=message-assistant]')].pop();
    if (!message) return;
    const part = (name) => message.querySelector(`[data-testid=${name}]`);
    const state = {
      state: message.dataset.state,
      open: part('reasoning')?.open ?? null,
      preview: (part('reasoning-preview')?.textContent ?? '').length,
      reasoning: (part('reasoning-text')?.textContent ?? '').length,
      answer: (part('answer')?.textContent ?? '').length,
    };
    const last = window.seen.states[window.seen.states.length - 1];
    if (JSON.stringify(last) !== JSON.stringify(state)) window.seen.states.push(state);
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
});
"""

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


def events(*texts, reasoning=""):
    """The body of a stream in which a model says these pieces."""
    lines = []

    def send(delta, finish=None):
        lines.append({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny-r1",
                      "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    send({"role": "assistant"})
    if reasoning:
        send({"reasoning_content": reasoning})
    for text in texts:
        send({"content": text})
    send({}, "stop")
    lines.append({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny-r1", "choices": [],
                  "usage": {"prompt_tokens": 20, "completion_tokens": 30, "total_tokens": 50}})
    return "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + "data: [DONE]\n\n"


class PageTest(unittest.TestCase):
    """One server and one browser for all tests of a class, and a new profile for each."""

    server_options = ()
    # What the browser says about answers that are errors on purpose.
    expected_console = ()

    @classmethod
    def setUpClass(cls):
        SHOTS.mkdir(parents=True, exist_ok=True)
        cls.server = Server(*cls.server_options)
        cls.url = f"http://127.0.0.1:{cls.server.port}/"
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(executable_path=os.environ["RECKON_CHROMIUM"], headless=True, args=ARGUMENTS)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()
        cls.server.__exit__()

    def setUp(self):
        self.contexts = []
        self.console = []
        self.foreign = []
        self.asked = []  # the bodies of requests to the model
        expect.set_options(timeout=SLOW)

    def tearDown(self):
        violations = []
        for context in self.contexts:
            for page in context.pages:
                violations += page.evaluate("window.seen ? window.seen.violations : []")
            context.close()
        self.assertEqual(violations, [], "violations of the Content-Security-Policy")
        self.assertEqual(self.foreign, [], "requests to others")
        self.assertEqual([line for line in self.console if not any(part in line for part in self.expected_console)], [])

    def open(self, locale="en-US", settings=None, path="", **options):
        """A page in a new profile. `settings` are stored ones; the most probable words unless they say otherwise."""
        context = self.browser.new_context(locale=locale, accept_downloads=True, **{**DESKTOP, **options})
        context.set_default_timeout(SLOW)
        self.contexts.append(context)
        stored = json.dumps({"temperature": 0, **(settings or {})})
        context.add_init_script(f"if (origin !== 'null') localStorage['reckon.settings'] ??= {json.dumps(stored)};")
        context.add_init_script(WATCH)
        context.on("console", self.note_console)
        context.on("weberror", lambda error: self.console.append(f"exception: {error.error}"))
        context.on("request", self.note_request)
        page = context.new_page()
        page.goto(self.url + path)
        return page

    def note_console(self, message):
        if message.type in ("error", "warning"):
            self.console.append(f"{message.type}: {message.text}")

    def note_request(self, request):
        if not request.url.startswith((self.url, "data:", "blob:" + self.url)):
            self.foreign.append(request.url)
        if urllib.parse.urlparse(request.url).path == CHAT and request.post_data:
            self.asked.append(json.loads(request.post_data))

    # Steps that tests are made of.

    def send(self, page, text):
        page.get_by_test_id("composer-input").fill(text)
        page.get_by_test_id("send").click()

    def last(self, page, name="message-assistant"):
        return page.get_by_test_id(name).last

    def wait_for(self, page, state="done"):
        message = self.last(page)
        expect(message).to_have_attribute("data-state", state)
        return message

    def ask(self, page, text, state="done"):
        before = page.get_by_test_id("message-assistant").count()
        self.send(page, text)
        expect(page.get_by_test_id("message-assistant")).to_have_count(before + 1)
        return self.wait_for(page, state)

    def answer(self, page):
        return self.last(page).get_by_test_id("answer").inner_text()

    def let_say(self, page, *texts, reasoning=""):
        """From now on the model says this."""
        page.unroute("**" + CHAT)
        page.route("**" + CHAT, lambda route: route.fulfill(status=200, content_type="text/event-stream",
                                                            body=events(*texts, reasoning=reasoning)))

    def endless(self, page):
        """From now on answers go on until they are stopped, or the context is full."""
        def change(route):
            body = json.loads(route.request.post_data)
            body["logit_bias"] = {"2042": -100}  # the token that ends a text
            route.continue_(post_data=json.dumps(body))

        page.route("**" + CHAT, change)

    def drop(self, page, name, text):
        data = page.evaluate_handle("""([name, text]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name, { type: 'text/plain' }));
            return data;
        }""", [name, text])
        target = page.get_by_test_id("thread")
        for kind in ("dragenter", "dragover", "drop"):
            target.dispatch_event(kind, {"dataTransfer": data})

    def shoot(self, page, name):
        page.screenshot(path=SHOTS / f"{name}.png", animations="disabled")

    def assert_accessible(self, page, what):
        """axe-core finds nothing that is serious or worse."""
        if not page.evaluate("typeof window.axe === 'object'"):
            page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("async () => (await window.axe.run(document, { resultTypes: ['violations'] }))")
        found = [f"{what}: {violation['id']} ({violation['impact']}): {violation['help']}: "
                 + "; ".join(str(node["target"]) + " " + (node.get("failureSummary") or "")[:200] for node in violation["nodes"][:4])
                 for violation in result["violations"] if violation["impact"] in ("serious", "critical")]
        self.assertGreater(len(result["passes"]), 10, what)
        self.assertEqual(found, [])
