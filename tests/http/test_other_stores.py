"""What `why` says about the first store while clients wait in others."""

import re

import pytest

from support.client import Client
from support.http import CHANGE, Http
from support.servers import Tcpstored
from support.waiting import wait_until

SECONDS = 20
SHOWN = 8


@pytest.fixture
def server(tmp_path):
    """It looks at the waits every 0.1 s."""
    server = Tcpstored(tmp_path, "--slow-wait", "1")
    yield server
    server.stop()


@pytest.fixture
def http(server):
    return Http(server.address)


@pytest.fixture
def hang(http):
    """Opens a store, in which so many clients wait."""
    clients = []

    def hang(name, count=1):
        address = http.open_store(name)
        for _ in range(count):
            clients.append(Client(address, timeout=SECONDS))
            clients[-1].wait("never")
        wait_until(lambda: http.json(f"/v1/stores/{name}")["waiting"] == count, SECONDS)

    yield hang
    for client in clients:
        client.close()


def why(http, path="/why"):
    status, _, body = http.request(path)
    assert status == 200
    return body.decode()


def test_why_names_the_other_stores_in_which_clients_wait(http, hang):
    hang("hang.1", 2)
    text = why(http)
    assert text.startswith("0 clients are connected; none waits\n\n")
    assert re.search(r"\n1 other store has waiting clients: hang\.1 \(2 clients, \d+ s\); "
                     r"ask: tcpstore-cli why --store hang\.1\n$", text)


def test_the_store_with_the_longest_wait_is_the_first(http, hang):
    hang("older")
    wait_until(lambda: http.json("/v1/stores/older")["oldest_wait_seconds"] >= 1, SECONDS)
    hang("younger", 3)
    assert re.search(r"\n2 other stores have waiting clients: older \(1 client, \d+ s\), "
                     r"younger \(3 clients, \d+ s\); ask: tcpstore-cli why --store older\n$", why(http))


def test_of_many_stores_the_text_names_some_and_json_more(http, hang):
    for number in range(SHOWN + 1):
        hang(f"hang.{number}")
    text = why(http)
    assert f"\n{SHOWN + 1} other stores have waiting clients: " in text
    assert text.count("(1 client, ") == SHOWN and ", …; ask: " in text
    answer = http.json("/v1/why")
    assert {each["name"] for each in answer["other_stores"]} == {f"hang.{number}"
                                                                  for number in range(SHOWN + 1)}
    assert answer["other_stores_omitted"] == 0


def test_json_has_the_other_stores_with_their_waits(http, hang):
    hang("hang.1", 2)
    other, = http.json("/v1/why")["other_stores"]
    assert (other["name"], other["waiting"]) == ("hang.1", 2)
    assert 0 <= other["longest_seconds"] < SECONDS


def test_the_verdict_on_the_first_store_includes_the_others(http, hang):
    hang("hang.1")
    assert http.json("/v1/why?hang=1000")["verdict"] == "waiting"
    wait_until(lambda: http.json("/v1/stores/hang.1")["oldest_wait_seconds"] >= 1, SECONDS)
    answer = http.json("/v1/why")
    assert answer["verdict"] == "hangs"
    assert re.fullmatch(r"0 clients are connected; none waits; clients wait in 1 other store, the longest "
                        r"for \d+ s",
                        answer["summary"])
    _, headers, _ = http.request("/why")
    assert headers["Tcpstore-Verdict"] == "hangs"


def test_a_hang_of_the_first_store_is_a_hang_whatever_the_others_do(server, http, hang):
    client = Client(server.address, timeout=SECONDS)
    client.wait("never")
    wait_until(lambda: http.json("/v1/why")["longest_seconds"] >= 1, SECONDS)
    hang("hang.1")
    assert http.json("/v1/why")["verdict"] == "hangs"
    client.close()


def test_why_of_every_store_says_that_the_server_is_draining(server, http, hang):
    hang("hang.1")
    assert not http.json("/v1/why")["draining"] and "draining" not in why(http)
    http.request("/v1/drain", "PUT", **CHANGE)
    for path in "/why", "/why?store=hang.1":
        assert why(http, path).endswith("\nThe server is draining: it accepts no new clients, and exits "
                                        "when the last has left.\n")
    assert http.json("/v1/why?store=hang.1")["draining"]
    assert http.json("/v1/why")["summary"].startswith(
        "0 clients are connected; none waits; the server is draining; ")


def test_stores_in_which_no_client_waits_are_not_named(http):
    http.open_store("quiet")
    assert "quiet" not in why(http) and http.json("/v1/why")["other_stores"] == []


def test_an_answer_about_another_store_names_no_others(http, hang):
    hang("hang.1")
    hang("hang.2")
    assert "other store" not in why(http, "/why?store=hang.1")
    assert http.json("/v1/why?store=hang.1")["other_stores"] == []
