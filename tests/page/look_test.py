"""How the chat page looks, to people and to axe-core; how large it is. The pictures are for people: RECKON_PAGE_SHOTS has them."""

import gzip
import unittest
import urllib.parse

from browser import DESKTOP, PHONE, PRIME, PUZZLE, PageTest, expect

SHOWCASE = r"""A heading, a list, code, a table and formulas:

## Chickens and rabbits

1. Let $x$ be the chickens and $y$ the rabbits.
2. Then $x + y = 35$ and $2x + 4y = 94$ [1].

$$y = \frac{94 - 2 \cdot 35}{2} = 12, \qquad x = 35 - y = 23$$

| animal | heads | legs |
| --- | ---: | ---: |
| chicken | 23 | 46 |
| rabbit | 12 | 48 |

```python
def heads(legs: int, total: int = 35) -> tuple[int, int]:
    rabbits = (legs - 2 * total) // 2  # each has two more
    return total - rabbits, rabbits
```

> So there are **23 chickens** and **12 rabbits**; see [the puzzle](https://en.wikipedia.org/wiki/Sunzi_Suanjing).
"""
NOTES = "# The puzzle\n\nChickens have two legs and rabbits have four.\n\n# Another\n\nA crane has two legs, a tortoise four.\n"


class LookTest(PageTest):
    def look(self, page, name):
        """A picture, and what axe-core says."""
        page.wait_for_timeout(300)
        self.shoot(page, name)
        self.assert_accessible(page, name)

    def tour(self, name, **options):
        """The page in its states, one after the other."""
        phone = options.get("is_mobile", False)
        page = self.open(**options)
        expect(page.get_by_test_id("suggestion").first).to_be_visible()
        self.look(page, f"{name}-empty")
        self.ask(page, PUZZLE)
        self.drop(page, "puzzle.md", NOTES)
        self.let_say(page, SHOWCASE, reasoning="First the equations.\nThen I solve them.")
        self.ask(page, "Show me how.")
        message = self.last(page)
        message.get_by_test_id("sources").locator("summary").click()
        self.look(page, f"{name}-answer")
        message.scroll_into_view_if_needed()
        message.get_by_test_id("reasoning").locator("summary").click()
        message.get_by_test_id("reasoning").scroll_into_view_if_needed()
        self.look(page, f"{name}-reasoning")
        self.assert_no_sideways(page)
        if phone:
            page.get_by_test_id("open-sidebar").click()
            expect(page.get_by_test_id("new-chat")).to_be_in_viewport()
            self.look(page, f"{name}-sidebar")
            page.get_by_test_id("close-sidebar").click()
        page.get_by_test_id("open-settings").click()
        expect(page.get_by_test_id("settings")).to_be_visible()
        self.look(page, f"{name}-settings")

    def assert_no_sideways(self, page):
        wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        self.assertLessEqual(wide[0], wide[1], "scrolls sideways")

    def test_on_a_desk(self):
        self.tour("desktop")

    def test_in_the_dark(self):
        self.tour("dark", color_scheme="dark")

    def test_on_a_phone(self):
        self.tour("phone", **PHONE)

    def test_on_a_phone_in_the_dark_in_chinese(self):
        self.tour("phone-dark-zh", locale="zh-CN", color_scheme="dark", **PHONE)

    def test_while_it_answers(self):
        page = self.open(locale="zh-CN", **DESKTOP)
        self.endless(page)
        self.send(page, PRIME)
        expect(self.last(page).get_by_test_id("reasoning")).to_be_visible()
        self.look(page, "desktop-running-zh")
        page.get_by_test_id("stop").click()
        self.wait_for(page, "stopped")

    # The page's own switch is stronger than what the system asks for.
    def test_dark_by_choice(self):
        page = self.open(color_scheme="light")

        def brightness():
            return page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).reduce((sum, x) => sum + +x, 0)")

        light = brightness()
        page.get_by_test_id("open-settings").click()
        page.get_by_test_id("set-theme").select_option("dark")
        page.get_by_test_id("settings-close").click()
        self.assertLess(brightness(), 200)
        self.assertGreater(light, 600)
        page.reload()
        self.assertLess(brightness(), 200)

    def test_is_small(self):
        requests = []
        page = self.open()
        page.on("request", lambda request: requests.append(urllib.parse.urlparse(request.url).path))
        page.reload()
        expect(page.get_by_test_id("suggestion").first).to_be_visible()
        files = {path for path in requests if not path.startswith(("/v1/", "/health"))} | {"/third-party-notices.txt"}
        self.assertLessEqual({"/", "/app.js", "/app.css"}, files)
        total = 0
        for path in files:
            status, response, data = self.server.request("GET", path, headers={"Accept-Encoding": "gzip"})
            self.assertEqual((status, response.getheader("Content-Encoding")), (200, "gzip"), path)
            self.assertEqual(gzip.decompress(data), self.server.request("GET", path)[2], path)
            total += len(data)
        print(f"the page has {total} bytes, compressed", flush=True)
        self.assertLess(total, 400_000)


if __name__ == "__main__":
    unittest.main()
