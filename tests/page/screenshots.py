"""Makes the images of docs/images: FOLDER."""

import sys
import tempfile
from pathlib import Path

import synthetic_jobs as jobs
from browser import Browser
from fake_server import FakeServer, make_page

DESKTOP = {"width": 1100, "height": 1110}
PHONE = {"width": 360, "height": 740, "scale": 1.5}
IMAGES = {
    "page-hang": (jobs.hang_of_8, DESKTOP),
    "page-hang-10000": (jobs.hang_of_10000, DESKTOP),
    "page-dark": (jobs.hang_of_10000, DESKTOP | {"dark": True}),
    "page-phone": (jobs.hang_of_8, PHONE),
}

# What the page would have seen of a job that started before it hung.
HISTORY = """
const now = performance.now();
const stat = {...lastStat};
const clients = stat.clients;
samples.length = 0;
lastStat = null;
let total = 0;
for (let i = -120; i < 0; i++) {
  const isStarting = i > -40 && i < -16;
  total += isStarting ? clients * (2 + 3 * Math.abs(Math.sin(i))) : clients * 0.02;
  const joined = Math.min(Math.max((i + 40) / 24, 0), 1);
  takeSample({...stat, requests_total: total, received_bytes: total * 90, sent_bytes: total * 70,
              memory_bytes: 48e3 + joined * 4100 * clients,
              waiting: Math.round(stat.waiting * joined)}, now + i * 2000);
}
showCharts({...stat, requests_total: total, received_bytes: total * 90,
            sent_bytes: total * 70}, now);
"""


def main(folder):
    browser = Browser()
    page = make_page(Path(tempfile.mkdtemp()))
    for name, (job, view) in IMAGES.items():
        server = FakeServer(page, job())
        browser.open(server.url, every_ms=None, **view)
        browser.until(lambda: browser.text("#age").startswith("Live"))
        browser.js(HISTORY)
        browser.screenshot(folder / f"{name}.png")
        browser.driver.get("about:blank")
        server.stop()
    browser.quit()


main(Path(sys.argv[1]))
