"""The chat page and what is hostile: a model's words, a user's, a stopped server, a missing key."""

import tempfile
import unittest

from browser import PUZZLE, PageTest, expect

# Each would set window.pwned if it ever ran, or ask another host for something.
HOSTILE = r"""
<script>window.pwned = 'script'</script>
<img src=x onerror="window.pwned = 'img'">
<svg onload="window.pwned = 'svg'"><animate onbegin="window.pwned = 'animate'" attributeName=x dur=1s></svg>
<iframe srcdoc="<script>parent.pwned = 'srcdoc'</script>"></iframe>
<math><mtext><table><mglyph><style><img src=x onerror="window.pwned = 'mxss'"></style></mglyph></table></mtext></math>
<form action="https://evil.example/"><button formaction="javascript:window.pwned = 'form'">OK</button></form>
<style>* { display: none }</style><base href="https://evil.example/"><link rel=stylesheet href="https://evil.example/x.css">
<meta http-equiv="refresh" content="0; url=https://evil.example/">

[one](javascript:window.pwned='link') [two](JaVaScRiPt&colon;window.pwned='entity') [three](vbscript:x) [four](data:text/html,<script>window.pwned='data'</script>)
[five](https://evil.example/page "title' onmouseover='window.pwned=1") <javascript:window.pwned='auto'> [six][ref] [seven](file:///etc/passwd)

[ref]: javascript:window.pwned='reference'

![picture](https://evil.example/pixel.png) ![picture](javascript:window.pwned='picture') ![x](x" onerror="window.pwned='attribute')

$\href{javascript:window.pwned='katex'}{x}$ $\includegraphics{https://evil.example/k.png}$ $$\htmlData{onclick=window.pwned=1}{x} \def\a{\a\a}\a$$ $<img src=x onerror=window.pwned='formula'>$

```html"><img src=x onerror="window.pwned='fence'">
<script>window.pwned = 'code'</script>
```

`<img src=x onerror="window.pwned='inline'">` <b onmouseover="window.pwned='bold'">bold</b> &lt;script&gt;window.pwned='entities'&lt;/script&gt;

The end of it.
"""


class SafetyTest(PageTest):
    def assert_harmless(self, page):
        for element in page.get_by_test_id("thread").locator("a").all():
            element.hover()
        page.wait_for_timeout(300)
        self.assertIsNone(page.evaluate("window.pwned ?? null"))
        thread = page.get_by_test_id("thread")
        for selector in ("script", "iframe", "object", "embed", "form", "style", "base", "link", "meta", "img", "animate", "[onerror]",
                         "[onload]", "[onmouseover]", "[formaction]", "[srcdoc]", "[style*=url]"):
            self.assertEqual(thread.locator(selector).count(), 0, selector)
        for link in thread.locator("a").evaluate_all("links => links.map((link) => [link.protocol, link.rel, link.target])"):
            self.assertIn(link[0], ("https:", "http:", "mailto:"))
            self.assertIn("noopener", link[1])
            self.assertIn("noreferrer", link[1])
        self.assertEqual(page.evaluate("[location.origin, document.baseURI.startsWith(location.origin)]"), [self.url[:-1], True])

    def test_the_models_words_stay_text(self):
        page = self.open()
        # Cut into pieces, as models do: a tag may begin in one and end in another.
        self.let_say(page, *(HOSTILE[i:i + 7] for i in range(0, len(HOSTILE), 7)), reasoning=HOSTILE)
        self.ask(page, "Say something wicked.")
        expect(self.last(page).get_by_test_id("answer")).to_contain_text("The end of it.")
        self.last(page).get_by_test_id("reasoning").locator("summary").click()
        for part in ("answer", "reasoning-text"):
            text = self.last(page).get_by_test_id(part).inner_text()
            self.assertIn("<script>window.pwned = 'script'</script>", text)
            self.assertIn("<img src=x onerror=\"window.pwned = 'img'\">", text)
        self.assertGreater(self.last(page).get_by_test_id("answer").locator("a").count(), 0, "a harmless link stays one")
        self.assert_harmless(page)
        # It is no safer when it is read back.
        page.reload()
        expect(self.last(page).get_by_test_id("answer")).to_contain_text("The end of it.")
        self.last(page).get_by_test_id("reasoning").locator("summary").click()
        self.assert_harmless(page)

    def test_the_users_words_stay_text(self):
        page = self.open()
        self.drop(page, "<img src=x onerror=window.pwned='name'>.md", HOSTILE)
        expect(page.get_by_test_id("document")).to_be_visible()
        self.let_say(page, "Yes [1].")
        self.ask(page, HOSTILE)
        text = self.last(page, "message-user").inner_text()
        self.assertIn("<script>window.pwned = 'script'</script>", text)
        self.assertIn("<img src=x onerror=\"window.pwned = 'img'\">", text)
        self.last(page).get_by_test_id("sources").locator("summary").click()
        expect(self.last(page).get_by_test_id("source").first).to_contain_text("onerror=window.pwned='name'")
        self.assert_harmless(page)
        expect(page.get_by_test_id("conversation-open")).to_contain_text("<script>")
        self.assertIsNone(page.evaluate("window.pwned ?? null"))

    # Even a page whose sanitizer has a hole cannot run what comes out of it.
    def test_the_browser_would_not_run_it_anyway(self):
        page = self.open()
        refused = page.evaluate("""async () => {
            const refused = [];
            const attempt = async (name, action) => { try { await action(); } catch { refused.push(name); } };
            const element = (name) => document.body.appendChild(document.createElement(name));
            await attempt('markup', () => document.body.insertAdjacentHTML('beforeend', '<b>markup</b>'));
            await attempt('handler', () => element('img').setAttribute('onerror', "window.pwned = 'handler'"));
            await attempt('inline', () => { element('script').textContent = "window.pwned = 'inline'"; });
            await attempt('script', () => { element('script').src = 'https://evil.example/x.js'; });
            await attempt('policy', () => trustedTypes.createPolicy('other', { createHTML: (text) => text }));
            await attempt('fetch', () => fetch('https://evil.example/'));
            await attempt('frame', () => { element('iframe').srcdoc = "<script>parent.pwned = 'frame'</script>"; });
            element('img').src = 'https://evil.example/x.png';
            element('style').textContent = 'body { display: none }';
            return refused;
        }""")
        self.assertEqual(refused, ["markup", "handler", "inline", "script", "policy", "fetch", "frame"])
        page.wait_for_timeout(200)
        self.assertIsNone(page.evaluate("window.pwned ?? null"))
        self.assertTrue(page.locator("body").is_visible())
        kinds = {violation.split()[0] for violation in page.evaluate("window.seen.violations")}
        self.assertLessEqual({"connect-src", "img-src", "style-src-elem", "require-trusted-types-for", "trusted-types"}, kinds)
        page.evaluate("window.seen.violations = []")
        self.console.clear()
        self.foreign.clear()

    # Nobody may show the page inside of theirs, where clicks could be led astray. Without that header they could.
    def test_is_not_shown_inside_of_other_pages(self):
        page = self.open()
        outside = f"http://localhost:{self.server.port}/outside"
        page.route(outside, lambda route: route.fulfill(
            content_type="text/html", body=f"<!doctype html><title>x</title><iframe src='{self.url}'></iframe>"))

        def answer(*, dressed):
            def give(route):
                response = route.fetch()
                route.fulfill(response=response, headers={name: value for name, value in response.headers.items()
                                                          if dressed or name != "content-security-policy"})

            page.unroute(self.url)
            page.route(self.url, give)

        answer(dressed=False)
        page.goto(outside)
        self.assertEqual((page.frames[1].url, page.frames[1].title()), (self.url, "Reckon"))
        answer(dressed=True)
        page.goto(outside)
        self.assertNotEqual(page.frames[1].url, self.url)
        self.console.clear()
        self.foreign.clear()


class FailureTest(PageTest):
    expected_console = ("Failed to load resource",)

    def refuse(self, page, status, code):
        page.route("**/v1/chat/completions", lambda route: route.fulfill(
            status=status, json={"error": {"message": "no", "type": "error", "param": None, "code": code}}))

    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.NamedTemporaryFile("w", encoding="utf-8")
        cls.keys.write("secret\n")
        cls.keys.flush()
        cls.server_options = ("--api-key-file", cls.keys.name)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.keys.close()

    def test_asks_for_the_key_and_keeps_it_only_where_told(self):
        page = self.open()
        expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "key")
        self.ask(page, PUZZLE, state="error")
        expect(page.get_by_test_id("notice")).to_contain_text("API key")
        page.get_by_test_id("notice-action").click()
        page.get_by_test_id("set-api-key").fill("secret")
        page.get_by_test_id("settings-close").click()
        expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "ok")
        self.last(page).get_by_test_id("regenerate").click()
        self.wait_for(page)
        self.assertIn("23", self.answer(page))
        self.assertNotIn("secret", page.evaluate("JSON.stringify(localStorage)"))
        page.reload()
        expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "ok")

    def test_says_what_went_wrong(self):
        page = self.open()
        for status, code, words in ((503, "", "busy"), (429, "", "busy"), (400, "context_length_exceeded", "context")):
            page.unroute_all()
            self.refuse(page, status, code)
            self.ask(page, "Hello", state="error")
            expect(page.get_by_test_id("notice")).to_contain_text(words)
        page.unroute_all()
        page.route("**/v1/chat/completions", lambda route: route.fulfill(
            content_type="text/event-stream", body='data: {"choices": [{"index": 0, "delta": {"content": "Half of"}}]}\n\n'))
        self.ask(page, "Hello", state="error")
        expect(self.last(page).get_by_test_id("answer")).to_have_text("Half of")
        page.unroute_all()
        page.route("**/v1/chat/completions", lambda route: route.abort())
        self.ask(page, "Hello", state="error")
        expect(page.get_by_test_id("notice")).to_contain_text("does not answer")


if __name__ == "__main__":
    unittest.main()
