"""The verdict, its causes and its stages."""

import pytest

import synthetic_jobs as jobs


@pytest.mark.parametrize("job, line", [
    (jobs.hang_of_8, "Hangs: 7 clients wait for rank 7, for 31 s"),
    (jobs.hang_of_10000, "Hangs: 9,988 clients wait for ranks 2002, 4000–4007, 6004, for 5 min"),
    (jobs.healthy, "Waiting: 6 clients wait for ranks 5, 7, for 1 s"),
    (jobs.idle, "Idle: 8 clients connected, and none waits"),
    (jobs.empty, "Idle: no client is connected"),
])
def test_the_verdict_is_one_sentence(browser, serve, job, line):
    browser.open(serve(job()).url)
    browser.until(lambda: browser.text("#summary"))
    assert browser.text("#verdict-line") == line
    assert browser.driver.title.startswith(line.split(",")[0])


def test_clients_that_wait_for_an_event_are_idle(browser, serve):
    job = jobs.job("idle", 8, 3, [jobs.stage(key="exception_dump", waiting=3, watched=True)], [])
    browser.open(serve(job).url)
    browser.wait_for_verdict("Idle")
    assert browser.text("#verdict-line") == ("Idle: 8 clients connected; 3 wait for events that may "
                                             "never happen, which is normal")
    assert browser.text("#stages") == ""
    assert "normal" in browser.text("#watched")


def test_a_hang_is_not_hidden_by_a_longer_wait_for_an_event(browser, serve):
    stages = [jobs.stage(key="exception_dump", watched=True, missing="", longest_seconds=900.0),
              jobs.stage()]
    browser.open(serve(jobs.job("hangs", 8, 8, stages, [])).url)
    browser.wait_for_verdict("Hangs")
    assert browser.text("#verdict-line") == "Hangs: 7 clients wait for rank 7, for 31 s"


@pytest.mark.parametrize("missing, world, come, wanted", [
    ("", 0, 0, "7 clients wait for job-1/default_pg/0//cpu//0/7"),
    (",".join(map(str, range(1, 200, 2))), 200, 100, "7 clients wait for 100 ranks"),
])
def test_without_a_short_list_of_members_it_names_the_key_or_a_number(
        browser, serve, missing, world, come, wanted):
    job = jobs.job("hangs", 8, 7, [jobs.stage(missing=missing, world=world, come=come)], [])
    browser.open(serve(job).url)
    browser.wait_for_verdict("Hangs")
    assert wanted in browser.text("#verdict-line")


def test_each_verdict_has_a_shape_of_its_own(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    shapes = set()
    for job, word in [(jobs.hang_of_8, "Hangs"), (jobs.healthy, "Waiting"), (jobs.idle, "Idle")]:
        server.job = job()
        browser.wait_for_verdict(word)
        shapes.add(browser.js("return document.querySelector('.outline').getAttribute('d')"))
    assert len(shapes) == 3


def test_the_verdict_follows_the_job(browser, serve):
    server = serve(jobs.healthy())
    browser.open(server.url)
    browser.wait_for_verdict("Waiting")
    server.job = jobs.hang_of_8()
    browser.wait_for_verdict("Hangs")
    server.job = jobs.idle()
    browser.wait_for_verdict("Idle")
    assert not browser.find("#causes-section").is_displayed()
    assert not browser.find("#stages-section").is_displayed()


def test_causes_are_shown_with_advice(browser, serve):
    browser.open(serve(jobs.hang_of_10000()).url)
    browser.wait_for_verdict("Hangs")
    assert browser.count("#causes > li") == 3
    first, second, _ = browser.text("#causes").split("\n")[::2]
    assert first.startswith("rank 2002 is connected")
    assert second == "ranks 4000-4007 have not connected"
    assert "look at what its process does" in browser.text("#causes")


def test_causes_that_are_over_disappear(browser, serve):
    server = serve(jobs.hang_of_10000())
    browser.open(server.url)
    browser.until(lambda: browser.count("#causes > li") == 3)
    server.job = jobs.hang_of_8()
    browser.until(lambda: "rank 7 left" in browser.text("#causes"))
    assert browser.count("#causes > li") == 1
    assert browser.text("#troubled-hosts") == ""


def test_causes_that_the_server_omits_are_counted(browser, serve):
    job = jobs.hang_of_8()
    job["why"]["stages"][0]["culprits_omitted"] = 1234
    browser.open(serve(job).url)
    browser.wait_for_verdict("Hangs")
    assert browser.text("#causes li:last-child") == "and 1,234 more: all of them"


def test_a_stage_shows_who_is_missing_and_what_comes_next(browser, serve):
    browser.open(serve(jobs.hang_of_10000()).url)
    browser.wait_for_verdict("Hangs")
    text = browser.text("#stages")
    assert "9,990 of 10,000 ranks have set their address" in text
    assert "ranks 2002, 4000–4007, 6004" in text
    assert "barrier of the default group" in text
    assert browser.count("#stages .gap") == 3


def test_ranks_that_have_never_connected_are_missing_though_none_waits(browser, serve):
    text = "rank 7 has not connected, and no client is known to be it: was it started?"
    job = jobs.job("idle", 7, 0, [jobs.stage(key="", waiting=0, missing="7", culprits=[
        jobs.culprit("unknown", text, 7)])], [])
    browser.open(serve(job).url)
    browser.wait_for_verdict("Idle")
    assert browser.text("#causes-title") == "Still missing"
    assert "rank 7 has not connected" in browser.text("#causes")
    assert "rank 7" in browser.text("#stages") and "0 clients" not in browser.text("#stages")


@pytest.mark.parametrize("names, omitted, said", [
    ([], 0, ""),
    (["job-1.1"], 0, "clients wait in 1 other store, the longest for 12 s"),
    (["job-1.1", "job-2.1"], 3, "clients wait in 5 other stores, the longest for 12 s")])
def test_the_page_says_that_clients_wait_in_other_stores(browser, serve, names, omitted, said):
    job = jobs.idle()
    job["why"]["verdict"] = "waiting" if names else "idle"
    job["why"]["other_stores"] = [{"name": name, "waiting": 2, "longest_seconds": 12.0} for name in names]
    job["why"]["other_stores_omitted"] = omitted
    browser.open(serve(job).url)
    browser.wait_for_verdict("Waiting" if names else "Idle")
    browser.until(lambda: browser.text("#summary"))
    assert browser.text("#summary").startswith(
        "8 clients connected, none waiting" + (f"; {said}." if said else "."))
    if said:
        assert browser.text("#verdict-line") == f"Waiting: {said}"


def test_a_hang_of_another_store_is_not_said_of_a_short_wait_here(browser, serve):
    job = jobs.hang_of_8()
    job["why"]["other_stores"] = [{"name": "job-1.1", "waiting": 2, "longest_seconds": 40.0}]
    job["why"]["other_stores_omitted"] = 0
    for stage in job["why"]["stages"]:
        stage["longest_seconds"] = 1.0
    browser.open(serve(job).url)
    browser.wait_for_verdict("Hangs")
    browser.until(lambda: browser.text("#summary"))
    assert browser.text("#verdict-line") == "Hangs: clients wait in 1 other store, the longest for 40 s"


def test_the_summary_says_that_the_server_is_draining(browser, serve):
    job = jobs.idle()
    job["why"]["draining"] = True
    browser.open(serve(job).url)
    browser.wait_for_verdict("Idle")
    assert browser.text("#summary").endswith(" The server is draining: it accepts no new clients.")


def test_agents_that_are_missing_are_counted(browser, serve):
    stage = jobs.stage(key="/tcpstore/torchrun/job-1/agents/4", waiting=3, missing="", world=4, come=3,
                       culprits=[])
    stage["member"] = "agent"
    browser.open(serve(jobs.job("hangs", 3, 3, [stage], [])).url)
    browser.wait_for_verdict("Hangs")
    assert "3 clients wait for 1 agent, for" in browser.text("#verdict-line")


def test_a_long_list_of_missing_members_is_cut_and_its_gaps_are_merged(browser, serve):
    missing = ",".join(map(str, range(1, 10_000, 2)))
    job = jobs.job("hangs", 8, 7, [jobs.stage(missing=missing, world=10_000, come=5_000)], [])
    browser.open(serve(job).url)
    browser.wait_for_verdict("Hangs")
    shown = browser.text("#stages dd")
    assert shown.startswith("ranks 1, 3, 5, ") and shown.endswith(", …") and len(shown) < 600
    gap = browser.js("""const rect = document.querySelector('.gap').getBoundingClientRect();
                        return rect.width / document.querySelector('.strip').clientWidth""")
    assert browser.count("#stages .gap") == 1 and gap > 0.99


def test_the_announcement_changes_only_with_the_verdict_or_what_is_awaited(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    browser.js("""window.announced = [];
                  new MutationObserver(() => window.announced.push(
                    document.getElementById('announcement').textContent))
                    .observe(document.getElementById('announcement'),
                             {childList: true, characterData: true, subtree: true})""")
    later = jobs.hang_of_8()
    later["why"]["stages"][0].update(longest_seconds=45.0, waiting=6)
    server.job = later
    browser.until(lambda: "6 clients wait for rank 7, for 45 s" in browser.text("#verdict-line"))
    assert browser.js("return window.announced") == []
    server.job = jobs.idle()
    browser.wait_for_verdict("Idle")
    assert browser.js("return window.announced") == ["Idle: 8 clients connected, and none waits"]
