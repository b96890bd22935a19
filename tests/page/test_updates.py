"""The page follows the server, and says so when it cannot."""

import re
import time

import pytest

import synthetic_jobs as jobs


def value(browser, chart):
    return browser.js("""
        return [...document.querySelectorAll('figure')].find(
          (each) => each.querySelector('h3').textContent === arguments[0])
          .querySelector('figcaption p').innerText""", chart)


def test_barriers_fill_up(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    width = "return document.querySelector('#barriers .come').getBoundingClientRect().width"
    before = browser.js(width)
    server.job["barriers"]["barriers"][0]["come"] = 8
    browser.until(lambda: "8 of 8" in browser.text("#barriers"))
    assert browser.js(width) == pytest.approx(before * 8 / 7, rel=0.01)


def test_a_barrier_of_unknown_size_has_no_bar(browser, serve):
    job = jobs.hang_of_8()
    job["barriers"]["barriers"][0]["world"] = None
    browser.open(serve(job).url)
    browser.wait_for_verdict("Hangs")
    assert "7 so far" in browser.text("#barriers")
    assert browser.count("#barriers .strip") == 0


def test_waits_are_listed_the_longest_first(browser, serve):
    job = jobs.hang_of_8()
    job["waits"] = jobs.page_of("waits", [
        {"key": f"key{i}", "clients": i, "longest_seconds": float(i), "stage": "s",
         "watched": i == 20}
        for i in range(21)], 5_000)
    browser.open(serve(job).url)
    browser.wait_for_verdict("Hangs")
    assert browser.text("#waits tbody tr").split() == ["key20", "s", "(normal)", "20", "20", "s"]
    assert browser.count("#waits tbody tr") == 12
    assert "and 4,988 more" in browser.text("#waits")


def test_rates_are_those_between_two_answers(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url, every_ms=None)
    browser.wait_for_verdict("Hangs")
    assert "no figures yet" in value(browser, "Requests per second")
    server.wait_for_rounds(2)
    browser.until(lambda: "no figures" not in value(browser, "Requests per second"))
    shown, rate = browser.js("""
        const [before, last] = samples.slice(-2);
        return [document.querySelector('figure b').textContent, 20_000 / (last.now - before.now)]""")
    assert float(shown) == pytest.approx(rate, abs=0.5)
    assert "received" in value(browser, "Traffic per second")
    assert value(browser, "Waiting clients").split()[0] == "7"
    assert "limit 4 GiB" in value(browser, "Memory")


@pytest.mark.parametrize("total", [0, 1_000_000])
def test_a_restarted_server_gives_no_rate_at_first(browser, serve, total):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    server.wait_for_rounds(2)
    server.job["stat"].update(uptime_seconds=-1.99, requests_total=total)
    server.wait_for_rounds(3)
    assert browser.js("return samples.filter((each) => each.requests === null).length") == 2
    assert 0 < browser.js("return Math.min(...valuesOf('requests'))")
    assert browser.js("return Math.max(...valuesOf('requests'))") < 100_000


def test_old_samples_are_forgotten(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url)
    browser.wait_for_verdict("Hangs")
    kept = browser.js("""const stat = lastStat;
                         for (let i = 1; i <= 1000; i++) takeSample(stat, stat.now + i * 2000);
                         return samples.length""")
    assert kept == 301


def test_a_server_that_is_gone_makes_the_page_stale_until_it_is_back(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    server.stop()
    browser.until(lambda: browser.find("#notice").is_displayed())
    assert "No answer from the server: no connection. " in browser.text("#notice")
    assert "stale: it is from" in browser.text("#notice")
    browser.until(lambda: browser.text("#age").startswith("Stale, "))
    assert int(browser.text("#age").split()[1]) < 10
    assert "7 clients wait for rank 7" in browser.text("#verdict-line")
    server.job = jobs.idle()
    server.start(server.port)
    browser.wait_for_verdict("Idle")
    browser.until(lambda: not browser.find("#notice").is_displayed())
    assert browser.text("#age").startswith("Live")
    assert all("ERR_CONNECTION" in each or "ERR_EMPTY" in each for each in browser.errors())


def test_an_answer_is_stale_after_15_seconds(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url)
    browser.until(lambda: browser.text("#age").startswith("Live"))
    assert browser.js("return [14e3, 16e3].map((age) => freshness(poll.answeredAt + age))") == [
        "live", "stale"]


def test_the_notice_keeps_its_words_while_the_age_grows(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    server.stop()
    browser.until(lambda: browser.find("#notice").is_displayed())
    notice, age = browser.text("#notice"), browser.text("#age")
    browser.until(lambda: browser.text("#age") != age)
    assert browser.text("#notice") == notice
    browser.errors()


def test_the_page_asks_less_often_when_the_server_does_not_answer(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url, every_ms=None)
    browser.wait_for_verdict("Hangs")
    intervals = browser.js("""return [0, 1, 2, 3, 4, 50].map((failures) => {
        poll.failures = failures;
        return interval(1);
    })""")
    assert intervals == [2000, 4000, 8000, 16000, 30000, 30000]


def test_the_page_rests_longer_when_answers_take_long(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url, every_ms=None)
    browser.wait_for_verdict("Hangs")
    assert browser.js("return [100, 1000, 9000].map(interval)") == [2000, 10000, 30000]


def test_a_hidden_page_asks_less_often(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url)
    browser.wait_for_verdict("Hangs")
    browser.js("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    assert browser.js("return interval(1)") == 10000


def test_a_refused_answer_is_named_and_the_others_are_shown(browser, serve):
    server = serve(jobs.hang_of_8())
    server.refused["hosts"] = "too many hosts; ask again"
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    browser.until(lambda: browser.find("#notice").is_displayed())
    assert browser.text("#notice") == ("The server refuses v1/hosts?limit=10000: too many hosts; "
                                       "ask again")
    assert "1" in browser.text("#waits")
    server.refused.clear()
    browser.until(lambda: browser.count("#hosts > *") == 2)
    browser.until(lambda: not browser.find("#notice").is_displayed())
    assert all("503" in each for each in browser.errors())


def test_a_refused_verdict_makes_the_page_stale(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    server.refused["why"] = "no memory; ask again"
    browser.until(lambda: browser.text("#age").startswith("Stale"))
    assert "No answer from the server: v1/why: no memory; ask again. " in browser.text("#notice")
    assert all("503" in each for each in browser.errors())


def test_an_answer_that_cannot_be_shown_makes_the_page_stale(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    stages = server.job["why"].pop("stages")
    browser.until(lambda: browser.text("#age").startswith("Stale"))
    assert "this page cannot show it" in browser.text("#notice")
    server.job["why"]["stages"] = stages
    browser.until(lambda: browser.text("#age").startswith("Live"))
    assert browser.errors()


def test_a_server_that_does_not_answer_in_time_makes_the_page_stale(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    browser.js("AbortSignal.timeout = () => AbortSignal.abort(new DOMException('', 'TimeoutError'))")
    browser.until(lambda: browser.text("#age").startswith("Stale"))
    assert "none within 10 s" in browser.text("#notice")


def test_a_saved_copy_keeps_what_it_shows(browser, serve, tmp_path):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    browser.until(lambda: browser.text("#age").startswith("Live"))
    saved = tmp_path / "saved.html"
    saved.write_text(browser.driver.page_source)
    server.stop()
    browser.open(saved.as_uri(), every_ms=None)
    assert browser.text("#verdict-line") == "Hangs: 7 clients wait for rank 7, for 31 s"
    assert re.match(r"Saved copy, from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", browser.text("#age"))
    assert not browser.find("#pause").is_displayed()


def test_a_paused_page_does_not_ask(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    browser.find("#pause").click()
    assert browser.text("#age").startswith("Paused")
    browser.until(lambda: not browser.js("return poll.isAsking"))
    asked = len(server.paths)
    server.job = jobs.idle()
    browser.js("document.dispatchEvent(new Event('visibilitychange'))")
    time.sleep(1)
    assert len(server.paths) == asked
    browser.find("#pause").click()
    browser.wait_for_verdict("Idle")


def test_a_selection_survives_an_update(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    browser.js("getSelection().selectAllChildren(document.querySelector('#causes li'))")
    selected = browser.js("return String(getSelection())")
    server.wait_for_rounds(2)
    assert selected and browser.js("return String(getSelection())") == selected


def test_an_update_of_10000_ranks_is_bounded(browser, serve, record_property):
    """Prints what an update costs the main thread; the bound is on what the page changes."""
    server = serve(jobs.hang_of_10000())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    server.wait_for_rounds(1)
    browser.js("""window.changes = 0;
                  new MutationObserver((list) => { window.changes += list.length; }).observe(
                    document.getElementById('hosts'),
                    {subtree: true, childList: true, attributes: true, characterData: true})""")
    before = browser.metrics()
    server.job["hosts"]["hosts"][7].update(state="running", running=1)
    server.wait_for_rounds(4)
    after = browser.metrics()
    spent = {name: (after[name] - before[name]) * 250
             for name in ("TaskDuration", "ScriptDuration", "LayoutDuration")}
    record_property("milliseconds for an update", spent)
    print({name: f"{ms:.1f} ms" for name, ms in spent.items()})
    assert browser.js("return window.changes") == 2  # its state and its label
