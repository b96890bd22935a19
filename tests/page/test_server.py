"""The page as tcpstored serves it, with the hang of a real job."""


import pytest

from support.client import Client
from support.http import Http
from support.recording import play
from support.servers import Tcpstored


@pytest.fixture
def server(tmp_path):
    running = Tcpstored(tmp_path, "--slow-wait", "1")
    yield running
    running.stop()


def url_of(server):
    host, port = server.address
    return f"http://{host}:{port}/"


def test_it_is_the_document_that_the_build_has_made(server, page_folder):
    status, headers, body = Http(server.address).request("/")
    assert status == 200 and body == (page_folder / "index.html").read_bytes()
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"] == (page_folder / "policy.txt").read_text().strip()


def test_it_shows_the_culprit_of_a_recorded_hang_and_that_it_ends(browser, server):
    clients = play(server.address, "4-lost-barrier-member.jsonl")
    browser.open(url_of(server))
    browser.wait_for_verdict("Hangs")
    assert "7 clients wait for rank 6" in browser.text("#verdict-line")
    browser.until(lambda: "rank 6 left" in browser.text("body"))
    browser.until(lambda: "save/step-100" in browser.text("#waits"))
    for client in clients:
        client.close()
    browser.wait_for_verdict("Idle")


def test_it_shows_keys_of_any_bytes_as_text(browser, server):
    client = Client(server.address)
    client.wait(b'<img src=x onerror="document.title=1">\xff\n\xe2\x80\xae')
    browser.open(url_of(server))
    browser.until(lambda: "onerror" in browser.text("#waits"))
    assert browser.count("img") == 0 and "\\xff\\x0a" in browser.text("#waits")
    client.close()


def test_several_stores_are_listed_and_one_is_chosen(browser, server):
    address = Http(server.address).open_store("job-1")
    client = Client(address)
    client.wait(b"missing-in-job-1")
    browser.open(url_of(server))
    browser.until(lambda: "job-1" in browser.text("#stores"))
    assert "No client waits" in browser.text("#waits")
    browser.js("document.querySelector('#stores a[href=\"?store=job-1\"]').click()")
    browser.until(lambda: "missing-in-job-1" in browser.text("#waits"))
    assert "store job-1" in browser.text("#address")
    assert browser.count("#stores a[aria-current=page]") == 1
    browser.open(f"http://{server.address[0]}:{address[1]}/")
    browser.until(lambda: "missing-in-job-1" in browser.text("#waits"))
    client.close()


def test_one_store_is_not_listed(browser, server):
    browser.open(url_of(server))
    browser.wait_for_verdict("Idle")
    assert not browser.js("return document.querySelector('#stores-section').offsetParent")
