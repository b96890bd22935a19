"""Stores that the installed Python package makes, lists and deletes, and how it names those of a job."""

import re
from pathlib import Path

import pytest
from support.client import Client

FRESH = "from tcpstore import fresh_store"
# As a name of the server that its own host does not know.
ALIAS = """
import socket
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve(
    "127.0.0.1" if host == "store.example" else host, *rest, **more)
"""


@pytest.fixture
def address(start_server):
    return "%s:%d" % start_server().address


def test_a_store_is_made_listed_and_deleted(ask, address):
    made = ask(f"tcpstore.create_store('{address}', 'job-1')")
    assert made["name"] == "job-1" and made["clients"] == 0 and made["keys"] == 0
    listed = {store["name"]: store["port"] for store in ask(f"list(tcpstore.stores('{address}'))")}
    assert listed == {"": int(address.split(":")[1]), "job-1": made["port"]}
    assert ask(f"tcpstore.delete_store('{address}', 'job-1')") is None
    assert [store["name"] for store in ask(f"list(tcpstore.stores('{address}'))")] == [""]


def test_a_store_that_exists_is_refused_unless_it_may_exist(ask, address):
    made = ask(f"tcpstore.create_store('{address}', 'job-1')")
    kind, text = ask(f"tcpstore.create_store('{address}', 'job-1')")
    assert kind == "StoreExists" and "'job-1'" in text
    again = ask(f"tcpstore.create_store('{address}', 'job-1', exist_ok=True)")
    assert again["port"] == made["port"]


@pytest.mark.parametrize("line, task", [
    ("delete_store('{}', 'none')",
     "delete the store 'none': no such store: tcpstore.stores(address) lists the stores"),
    ("why('{}', store='none')", "tell who waits: no such store"),
    ("create_store('{}', 'a/b')", "create the store 'a/b': "),
    ("create_store('{}', '.hidden')", "create the store '.hidden': "),
])
def test_a_name_that_there_is_not_or_cannot_be_is_refused(ask, address, line, task):
    kind, text = ask(f"tcpstore.{line.format(address)}")
    assert kind == "Refused" and "/v1/" not in text and f"{address} did not {task}" in text


def test_questions_may_be_about_a_store(ask, address):
    ask(f"tcpstore.create_store('{address}', 'job-1')")
    assert ask(f"tcpstore.why('{address}', store='job-1')")["verdict"] == "idle"
    assert "0 clients" in ask(f"tcpstore.why_text('{address}', store='job-1')")
    assert ask(f"list(tcpstore.clients('{address}', store='job-1'))") == []
    assert ask(f"list(tcpstore.waits('{address}', store='job-1'))") == []


def test_a_question_about_a_store_is_not_about_the_first_one(ask, address):
    ask(f"tcpstore.create_store('{address}', 'job-1')")
    host, port = address.split(":")
    client = Client((host, int(port)))
    client.wait(b"/key")
    client.settle()
    for question in "clients", "waits":
        assert len(ask(f"list(tcpstore.{question}('{address}'))")) == 1
        assert ask(f"list(tcpstore.{question}('{address}', store='job-1'))") == []
    client.close()


def test_the_server_need_not_know_its_name(ask, address):
    port = address.split(":")[1]
    made = ask(f"tcpstore.create_store('store.example:{port}', 'job-1')", before=ALIAS)
    assert made["name"] == "job-1"


def test_a_store_of_an_attempt_is_never_one_that_exists(ask, address):
    names = [ask(f"fresh_store.make('{address}', 'job-1', 3)", FRESH)["name"] for _ in range(3)]
    assert names == ["job-1.3", "job-1.3-2", "job-1.3-3"]


@pytest.mark.parametrize("job", ["team/job 1", "team_job 1", "-job", ".", "ü", "x" * 64, "x" * 65])
def test_stores_of_a_job_with_any_name_have_names_of_their_own(ask, address, job):
    similar = [job, job + "!", job + "?"]
    names = [ask(f"fresh_store.make('{address}', {name!r}, 1)", FRESH)["name"] for name in similar]
    assert len(set(names)) == 3
    # Nor has a job whose own name is the one that a store got instead.
    same = [ask(f"fresh_store.make('{address}', {name[:-2]!r}, 1)", FRESH)["name"] for name in names[1:]]
    assert not set(same) & set(names) and not any(name.endswith("-2") for name in same)
    assert all(re.fullmatch(r"\w[\w.-]{,54}\.1", name, re.ASCII) for name in names)


def test_the_document_shows_how_a_name_is_changed(ask, address):
    text = (Path(__file__).parents[2] / "docs" / "TORCHRUN.md").read_text()
    job, store = re.search(r"The job `([^`]+)` gets the\s+store `([^`]+)`", text).groups()
    assert ask(f"fresh_store.make('{address}', {job!r}, 1)", FRESH)["name"] == store


BUSY = """
from tcpstore import fresh_store
from tcpstore.errors import NoHttp

asked = []

def create_store(address, name):
    asked.append(name)
    if len(asked) < 4:
        raise NoHttp("too many peers use HTTP", "try again")
    return {"name": name, "port": len(asked)}

fresh_store.create_store = create_store
fresh_store.RETRY_SECONDS = 0
"""


def test_a_fresh_store_is_asked_for_again_while_too_many_use_http(ask):
    assert ask("fresh_store.make('head:1', 'job-1', 1)", BUSY) == {"name": "job-1.1", "port": 4}
