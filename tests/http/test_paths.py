"""What each path answers."""

import json
import re

import pytest

from support.recording import play

PATHS = ["/healthz", "/readyz", "/metrics", "/why", "/v1/why", "/v1/stat", "/v1/clients",
         "/v1/hosts", "/v1/waits", "/v1/barriers", "/v1/keys", "/v1/queues", "/v1/closed"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_answered_to_get_and_head_and_never_cached(http, path):
    status, headers, body = http.request(path)
    assert status == 200 and body
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Content-Type"].startswith(
        "application/json" if path.startswith("/v1/") else "text/plain")
    status, headers, nothing = http.request(path, "HEAD")
    assert status == 200 and nothing == b"" and int(headers["Content-Length"]) > 0


def test_an_unknown_path_is_answered_with_the_known_ones(http):
    status, _, body = http.request("/nope")
    assert status == 404 and "/why" in json.loads(body)["error"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_refused(http, method):
    status, headers, body = http.request("/v1/keys", method)
    assert status == 405 and headers["Allow"].startswith("GET, HEAD")
    assert (b"cannot be changed" if method in ("PUT", "DELETE") else b"only GET") in body


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_path_is_not_found(http, method):
    status, _, body = http.request("/nope", method)
    assert status == 404 and b"/v1/why" in body


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_what_is_only_changed_cannot_be_read(http, method):
    status, headers, _ = http.request("/v1/drain", method)
    assert status == 405 and headers["Allow"] == "PUT"


@pytest.mark.parametrize("query, argument", [
    ("clients?limit=0", "limit"), ("clients?limit=1001", "limit"), ("clients?limit=x", "limit"),
    ("clients?limit=-1", "limit"), ("clients?limit=1e3", "limit"), ("clients?limit=", "limit"),
    ("clients?limit=99999999999999999999", "limit"), ("keys?cursor=x", "cursor"),
    ("why?world=0", "world"), ("why?all=2", "all"), ("why?hang=-1", "hang"),
    ("keys?glob=" + "x" * 257, "glob"),
])
def test_a_wrong_argument_is_named(http, query, argument):
    status, _, body = http.request(f"/v1/{query}")
    assert status == 400 and f"argument {argument} " in json.loads(body)["error"]


@pytest.mark.parametrize("path, argument, known", [
    ("/v1/keys?globb=x", "globb", "/v1/keys takes limit, cursor, glob"),
    ("/v1/keys?limit=2&globb", "globb", "/v1/keys takes limit, cursor, glob"),
    ("/why?limit=2", "limit", "/why takes hang, world, all"),
    ("/v1/hosts?glob=x", "glob", "/v1/hosts takes limit, cursor, hang, world, all"),
    ("/v1/record?limit=2", "limit", "/v1/record takes after"),
    ("/metrics?x=1", "x", "/metrics takes none"), ("/?x=1", "x", "/ takes store"),
    ("/v1/keys?%ff%22=x", '\\xff"', "/v1/keys takes limit"),
    ("/v1/keys?" + "x" * 5000, "x" * 80, "/v1/keys takes limit, cursor, glob"),
])
def test_an_unknown_argument_is_named_with_the_known_ones(http, path, argument, known):
    status, _, body = http.request(path)
    assert status == 400
    assert json.loads(body)["error"].startswith(f"the argument {argument} is unknown; {known}")


@pytest.mark.parametrize("path", ["/v1/keys?limit=2&limit=3", "/why?world=8&hang=1&world=8"])
def test_an_argument_that_is_given_twice_is_refused(http, path):
    status, _, body = http.request(path)
    assert status == 400 and " is given twice" in json.loads(body)["error"]


def test_several_requests_use_one_connection(server):
    import http.client

    connection = http.client.HTTPConnection(*server.address, timeout=20)
    for path in PATHS * 2:
        connection.request("GET", path)
        assert connection.getresponse().read()
    assert connection.sock is not None
    connection.close()


def test_stat_counts_what_clients_do(http, connect):
    client = connect()
    client.set("a", b"12345")
    client.get("a")
    client.queue_push("q", b"x")
    client.settle()
    stat = http.json("/v1/stat")
    assert stat["clients"] == stat["clients_total"] == 1
    assert stat["keys"] == 1 and stat["queues"] == 1
    assert stat["requests"]["SET"] == 1 and stat["requests"]["GET"] == 1
    assert stat["requests_total"] == sum(stat["requests"].values())
    assert 0 < stat["memory_bytes"] < stat["memory_limit_bytes"]
    assert stat["received_bytes"] > 20 and stat["sent_bytes"] > 13
    assert f"{http.address[0]}:{http.address[1]}" in stat["addresses"]
    client.close()
    http.wait_until("/v1/stat", lambda stat: stat["closed_total"] == 1)


@pytest.mark.parametrize("server", [("--slow-wait", "1")], indirect=True)
def test_stat_counts_waits_again_after_all_clients_have_left(http, connect):
    for key in ("a", "b"):
        client = connect()
        client.wait(key)
        http.wait_until("/v1/stat", lambda stat: stat["waiting"] == 1)
        client.close()
        http.wait_until("/v1/stat", lambda stat: stat["waiting"] == 0)


def test_clients_are_listed_in_the_order_of_their_connections(http, connect):
    clients = [connect() for _ in range(250)]
    for number, client in enumerate(clients):
        client.set(f"key-{number}", b"")
        client.settle()
    clients[7].wait("missing", "other")
    clients[8].barrier("all", 9)
    clients[8].assert_still_waiting()
    pages = list(http.pages("clients", limit=100))
    assert [len(page) for page in pages] == [100, 100, 50]
    listed = [client for page in pages for client in page]
    assert [each["peer"] for each in listed] == [client.name for client in clients]
    assert [each["first_key"] for each in listed] == [f"key-{n}" for n in range(250)]
    assert listed[7]["waiting"]["key"] == "missing" and listed[7]["waiting"]["keys"] == 2
    assert listed[8]["waiting"]["world"] == 9
    assert listed[9]["waiting"] is None and listed[9]["requests"] >= 2


def test_a_page_of_clients_begins_after_one_that_has_left(http, connect):
    clients = [connect() for _ in range(30)]
    for client in clients:
        client.settle()
    first = http.json("/v1/clients", limit=10)
    clients[9].leave()
    second = http.json("/v1/clients", limit=10, cursor=first["cursor"])
    assert [each["peer"] for each in second["clients"]] == [
        client.name for client in clients[10:20]]


def test_closed_clients_are_listed_latest_first(http, connect):
    names = []
    for number in range(5):
        client = connect()
        client.set(f"key-{number}", b"")
        client.leave()
        names.append(client.name)
    closed = http.items("closed", limit=2)
    assert [each["peer"] for each in closed] == names[::-1]
    assert closed[0]["reason"] == "closed by the client" and closed[0]["first_key"] == "key-4"
    assert closed[0]["closed_seconds"] <= closed[4]["closed_seconds"]


def test_keys_are_listed_page_by_page_while_others_come_and_go(http, connect):
    client = connect()
    for number in range(500):
        client.set(f"key-{number}", b"x" * number)
    client.settle()
    pages = http.pages("keys", limit=100)
    keys = next(pages)
    for number in range(100, 200):
        client.delete_key(f"key-{number}")
    for number in range(500, 5000):
        client.set(f"key-{number}", b"")
    client.settle()
    keys += [key for page in pages for key in page]
    assert [key["key"] for key in keys] == [
        f"key-{n}" for n in range(500) if not 100 <= n < 200]
    assert all(key["bytes"] == int(key["key"].split("-")[1]) for key in keys)


def test_keys_are_listed_by_a_glob(http, connect):
    client = connect()
    for number in range(5000):
        client.set(f"key-{number}", b"")
    client.set("rank/7/ready", b"")
    client.settle()
    assert [key["key"] for key in http.items("keys", glob="rank/*")] == ["rank/7/ready"]
    assert [key["key"] for key in http.items("keys", glob="key-?9")] == [
        f"key-{n}9" for n in range(1, 10)]
    assert http.items("keys", glob="key") == []


def test_seconds_have_three_decimals_at_most(http):
    for _ in range(10):
        seconds = re.search(r'"uptime_seconds": ([0-9.]+)', http.text("/v1/stat"))[1]
        assert re.fullmatch(r"[0-9]+\.[0-9]{1,3}", seconds)


def test_connections_that_speak_http_are_not_in_the_record(http, connect):
    client = connect()
    client.ping()
    for _ in range(3):
        status, _, record = http.request("/v1/record")
        assert status == 200
    assert record.count(b"127.0.0.1:") == 1 and client.name.encode() in record


def test_a_page_of_keys_that_are_slow_to_match_ends_early(http, connect):
    client = connect()
    for number in range(20):
        client.set(f"{number:02}" + "a" * 8000, b"")
    client.settle()
    pages = list(http.pages("keys", glob="*" + "a" * 250 + "b"))
    assert pages == [[]] * 20 + [[]]


def test_bytes_of_keys_are_shown_as_text(http, connect):
    client = connect()
    client.set(b'\x00\xff"<b>\n\\', b"")
    client.settle()
    assert http.items("keys") == [{"key": '\\x00\\xff"<b>\\x0a\\\\', "bytes": 0}]


def test_a_cursor_is_not_valid_any_more_once_it_is_used(http, connect):
    client = connect()
    for number in range(10):
        client.set(f"key-{number}", b"")
    client.settle()
    cursor = http.json("/v1/keys", limit=2)["cursor"]
    http.json("/v1/keys", limit=2, cursor=cursor)
    status, _, body = http.request(f"/v1/keys?limit=2&cursor={cursor}")
    assert status == 410 and "list again" in json.loads(body)["error"]


def test_sixteen_listings_can_be_open(http, connect):
    client = connect()
    for number in range(10):
        client.set(f"key-{number}", b"")
    client.settle()
    cursors = [http.json("/v1/keys", limit=2)["cursor"] for _ in range(17)]
    assert http.request(f"/v1/keys?limit=2&cursor={cursors[0]}")[0] == 410
    for cursor in cursors[1:]:
        assert len(http.json("/v1/keys", limit=100, cursor=cursor)["keys"]) == 8


def test_queues_are_listed_with_their_entries(http, connect):
    client = connect()
    for number in range(20):
        for _ in range(number + 1):
            client.queue_push(f"queue-{number}", b"")
    client.settle()
    pages = http.pages("queues", limit=5)
    queues = next(pages)
    client.queue_pop("queue-5")
    for _ in range(7):
        client.queue_pop("queue-6")
    client.settle()
    queues += [queue for page in pages for queue in page]
    expected = [{"name": f"queue-{n}", "entries": n + 1} for n in range(20) if n not in (5, 6)]
    assert [queue for queue in queues if queue["name"] != "queue-5"] == expected


def test_waits_and_barriers_are_listed(http, connect):
    for _ in range(3):
        client = connect()
        client.wait("job/a")
        client.assert_still_waiting()
    client = connect()
    client.barrier("job/all", 4)
    client.assert_still_waiting()
    waits = http.items("waits")
    assert {(each["key"], each["clients"]) for each in waits} == {("job/a", 3), ("job/all", 1)}
    barrier, = http.items("barriers")
    assert barrier["name"] == "job/all" and barrier["come"] == 1 and barrier["world"] == 4


def test_why_names_the_culprit_of_a_recorded_hang(server, http):
    clients = play(server.address, "4-lost-barrier-member.jsonl")
    why = http.json("/v1/why", hang=0)
    stage = why["stages"][0]
    assert why["verdict"] == "hangs" and why["waiting"] == 7
    assert stage["world"] == 8 and stage["come"] == 7 and stage["missing"] == "6"
    culprit, = stage["culprits"]
    assert (culprit["kind"], culprit["first"], culprit["last"]) == ("left", 6, 6)
    assert culprit["text"].startswith("rank 6 left ")
    assert culprit["text"] in http.text("/why?hang=0")
    hosts = http.items("hosts", hang=0)
    assert [host["state"] for host in hosts] == ["missing"]
    for client in clients:
        client.close()


def test_why_takes_a_short_wait_for_no_hang(http, connect):
    client = connect()
    client.wait("a")
    client.assert_still_waiting()
    assert http.json("/v1/why")["verdict"] == "waiting"
    assert http.json("/v1/why", hang=0)["verdict"] == "hangs"


def test_a_stage_and_a_culprit_have_the_members_of_the_document(http, connect):
    connect().wait("default_pg/0//cpu//0/0")
    why = http.wait_until("/v1/why", lambda why: why["waiting"] == 1)
    stage, = why.pop("stages")
    culprit = stage.pop("culprits")[0]
    assert set(why) == {
        "verdict", "summary", "reason", "connected", "waiting", "longest_seconds", "hang_seconds",
        "stages_omitted", "other_stores", "other_stores_omitted", "draining"}
    assert set(stage) == {
        "name", "job", "stage", "group", "key", "waiting", "longest_seconds", "watched", "member",
        "deed", "world", "world_known", "come", "missing", "text", "next", "culprits_omitted"}
    assert stage["next"] == "connections between the ranks"
    assert set(culprit) == {
        "kind", "first", "last", "host", "peer", "pid", "seconds", "sure", "text"}
