"""The page on a phone, in the dark, and for a screen reader."""

import pytest

import synthetic_jobs as jobs

JOBS = [jobs.hang_of_8, jobs.hang_of_10000, jobs.healthy, jobs.idle]

# Text whose contrast with the ground below it is less than 4.5.
LOW_CONTRAST = """
const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
function ground(element) {
  for (; element; element = element.parentElement) {
    const colour = parse(getComputedStyle(element).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
}
const low = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('script'))
    continue;
  const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) low.push(`${contrast.toFixed(2)}: ${walker.currentNode.data}`);
}
return low;
"""


@pytest.mark.parametrize("job", JOBS)
def test_a_phone_needs_no_scrolling_sideways(browser, serve, job):
    browser.open(serve(job()).url, width=360, height=740)
    browser.until(lambda: browser.text("#summary"))
    assert browser.js("return document.documentElement.scrollWidth") == 360
    assert browser.js("""return [...document.querySelectorAll('body *')].filter((each) =>
        each.checkVisibility() && !each.closest('.unseen, .skip')
        && each.getBoundingClientRect().right > 360.5).map((each) => each.outerHTML)""") == []


def test_a_phone_shows_the_verdict_and_a_cause_without_scrolling(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url, width=360, height=740)
    browser.wait_for_verdict("Hangs")
    cause = browser.find("#causes li").rect
    assert cause["y"] + cause["height"] < 740


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("job", JOBS)
def test_text_has_contrast(browser, serve, job, dark):
    server = serve(job())
    browser.open(server.url, dark=dark)
    browser.until(lambda: browser.text("#summary"))
    ground = browser.js("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(15, 18, 22)") is dark
    assert browser.js(LOW_CONTRAST) == []
    server.stop()
    browser.until(lambda: browser.find("#notice").is_displayed())
    assert browser.js(LOW_CONTRAST) == []
    browser.errors()


def test_a_screen_reader_gets_the_verdict_the_hosts_and_the_figures(browser, serve):
    browser.open(serve(jobs.hang_of_10000()).url)
    browser.wait_for_verdict("Hangs")
    nodes = browser.accessible_nodes()
    assert ("heading", "Hangs: 9,988 clients wait for ranks 2002, 4000–4007, 6004, for 5 min") \
        in nodes
    assert ("listbox", "1,250 hosts") in nodes
    assert sum(role == "option" for role, _ in nodes) == 1250
    assert ("option", "10.0.3.1: missing; ranks 6000–6003, 6005–6007; missing 6004") in nodes
    assert ("option", "host 500: never connected; missing 4000–4007") in nodes
    for node in [("heading", "Likely causes"), ("region", "Barriers"), ("columnheader", "Longest"),
                 ("button", "Pause"), ("heading", "Memory")]:
        assert node in nodes
    texts = " ".join(name for role, name in nodes if role == "StaticText")
    assert "limit 4 GiB" in texts


def test_nothing_moves_if_the_reader_wants_it_so(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url)
    browser.wait_for_verdict("Hangs")
    assert browser.js("return document.getAnimations().length") == 0
