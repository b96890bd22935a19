import pytest

from browser import Browser
from fake_server import FakeServer, make_page
from support.tools import tool


@pytest.fixture(scope="session")
def page_folder(tmp_path_factory):
    """The document and its policy, made as the build makes them."""
    return make_page(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="session")
def chromium():
    tool("chromium")
    tool("chromedriver")
    running = Browser()
    yield running
    running.quit()


@pytest.fixture
def serve(page_folder):
    """Starts servers that answer about a synthetic job."""
    servers = []

    def start(job):
        servers.append(FakeServer(page_folder, job))
        return servers[-1]

    yield start
    for each in servers:
        each.stop()


@pytest.fixture
def browser(chromium, serve):
    """Fails the test if the page has logged an error or violated its policy; a test that expects
    such messages takes them with errors(). Depends on `serve`, so that the servers stop later."""
    yield chromium
    errors = chromium.errors()
    chromium.driver.get("about:blank")
    assert errors == []
