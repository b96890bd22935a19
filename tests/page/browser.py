"""A headless Chromium, and what an operator sees in it."""

import json
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
         "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
         "--font-render-hinting=none"]


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options,
                                       service=Service(shutil.which("chromedriver")))
        self.cdp("Performance.enable")
        self.cdp("Accessibility.enable")

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def open(self, url, width=1280, height=900, dark=False, scale=1, every_ms=200):
        """`every_ms`: how often the page asks the server; None: as often as by itself."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=scale, mobile=width < 500)
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}])
        self.driver.get(url)
        if every_ms:
            self.js("poll.shownMs = arguments[0]; askNow()", every_ms)

    def until(self, condition, timeout=20):
        return WebDriverWait(self.driver, timeout, poll_frequency=0.05).until(lambda _: condition())

    def wait_for_verdict(self, word):
        self.until(lambda: self.text("#verdict-line").startswith(word))

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0]).innerText", selector)

    def count(self, selector):
        return self.js("return document.querySelectorAll(arguments[0]).length", selector)

    def errors(self):
        """What the console has reported since the last call, violations of the policy among it."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def accessible_nodes(self):
        """(role, name) of each node that a screen reader can reach."""
        nodes = self.cdp("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", ""))
                for node in nodes if not node["ignored"]]

    def metrics(self):
        metrics = self.cdp("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in metrics}

    def screenshot(self, path):
        path.write_bytes(self.driver.get_screenshot_as_png())

    def quit(self):
        self.driver.quit()


def states(browser):
    """How many cells the grid has in each state."""
    return json.loads(browser.js("""
        const counts = {};
        for (const cell of document.querySelectorAll('#hosts > [role="option"]'))
          counts[cell.dataset.state] = (counts[cell.dataset.state] ?? 0) + 1;
        return JSON.stringify(counts)"""))
