"""A cell for each host."""

from selenium.webdriver.common.keys import Keys

import synthetic_jobs as jobs
from browser import states


def active(browser):
    return browser.js("""
        const id = document.getElementById('hosts').getAttribute('aria-activedescendant');
        return id && document.getElementById(id).getAttribute('aria-label')""")


def press(browser, *keys):
    browser.find("#hosts").send_keys(*keys)


def test_a_few_hosts_are_cards(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url)
    browser.wait_for_verdict("Hangs")
    assert states(browser) == {"waiting": 1, "missing": 1}
    assert browser.text("#host-1").split("\n") == [
        "10.0.0.2", "missing", "ranks 4–6; missing 7",
        "3 clients (3 waiting, 1 left); longest wait 31 s"]


def test_1250_hosts_are_cells_and_the_troubled_ones_are_listed(browser, serve):
    browser.open(serve(jobs.hang_of_10000()).url)
    browser.wait_for_verdict("Hangs")
    assert browser.text("#hosts-title") == "1,250 hosts"
    assert states(browser) == {"waiting": 1245, "missing": 2, "silent": 1, "running": 2}
    assert browser.text("#legend").split() == ["2", "missing", "1", "silent", "1,245", "waiting",
                                               "2", "running"]
    assert browser.text("#troubled-hosts").split("\n") == [
        "10.0.1.1 silent; ranks 2000–2001, 2003–2007; missing 2002; "
        "8 clients (7 waiting, 1 silent); longest wait 31 s",
        "host 500 never connected; missing 4000–4007",
        "10.0.3.1 missing; ranks 6000–6003, 6005–6007; missing 6004; 7 clients (7 waiting); "
        "longest wait 31 s"]


def test_each_state_has_a_look_of_its_own(browser, serve):
    browser.open(serve(jobs.hang_of_10000()).url)
    browser.wait_for_verdict("Hangs")
    looks = browser.js("""
        const cell = (state) => document.querySelector(`#hosts > [data-state="${state}"]`);
        return STATES.map((state) => getComputedStyle(cell(state)).backgroundImage)""")
    assert len(set(looks)) == 4


def test_hosts_are_in_the_order_of_their_ranks(browser, serve):
    job = jobs.hang_of_hosts(30, size=2)
    job["hosts"]["hosts"].reverse()
    job["hosts"]["hosts"].append(jobs.host("10.9.9.9", "", state="silent"))
    browser.open(serve(job).url)
    browser.wait_for_verdict("Hangs")
    assert browser.find("#host-3").get_attribute("aria-label") == "10.0.0.4: waiting; ranks 6–7"
    assert browser.find("#hosts > :last-child").get_attribute("aria-label") == "10.9.9.9: silent"


def test_a_cell_follows_its_host(browser, serve):
    server = serve(jobs.hang_of_hosts(30))
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    browser.find("#host-6").click()
    assert "10.0.0.7 silent" in browser.text("#host-detail")
    changed = server.job["hosts"]["hosts"][6]
    changed.update(state="running", silent=0, running=1)
    browser.until(lambda: "10.0.0.7 running" in browser.text("#host-detail"))
    assert browser.js("return document.getElementById('host-6').dataset.state") == "running"
    del server.job["hosts"]["hosts"][0]
    browser.until(lambda: browser.count("#hosts > *") == 29)
    assert active(browser).startswith("10.0.0.7: running")


def test_hosts_come_and_go(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    for job, number in [(jobs.hang_of_10000, 1250), (jobs.empty, 0), (jobs.hang_of_8, 2)]:
        server.job = job()
        browser.until(lambda number=number: browser.count("#hosts > *") == number)
    assert "10.0.0.2" in browser.text("#host-1")


def test_a_first_page_of_hosts_is_called_that(browser, serve):
    job = jobs.hang_of_8()
    job["hosts"].update(cursor="more", total=12_000)
    browser.open(serve(job).url)
    browser.wait_for_verdict("Hangs")
    assert browser.text("#hosts-title") == "The first 2 hosts of 12,000"


def test_arrow_keys_move_between_hosts(browser, serve):
    browser.open(serve(jobs.hang_of_10000()).url)
    browser.wait_for_verdict("Hangs")
    columns = browser.js("return columns()")
    assert columns > 20
    press(browser, Keys.ARROW_RIGHT)
    assert active(browser).startswith("10.0.0.1: waiting")
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    assert active(browser) == f"{jobs.address_of(columns + 1)}: waiting; ranks " \
        f"{(columns + 1) * 8}–{(columns + 1) * 8 + 7}"
    press(browser, Keys.ARROW_UP, Keys.ARROW_UP)
    assert active(browser).startswith("10.0.0.1:")
    press(browser, Keys.END, Keys.ARROW_RIGHT)
    assert active(browser).endswith("ranks 9992–9999")
    assert jobs.address_of(1249) in browser.text("#host-detail")
    press(browser, Keys.HOME, Keys.ARROW_LEFT)
    assert active(browser).startswith("10.0.0.1:")


def test_tab_reaches_everything_and_the_focus_is_seen(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url)
    browser.wait_for_verdict("Hangs")
    reached = []
    for _ in range(5):
        browser.js("return document.activeElement").send_keys(Keys.TAB)
        reached.append(browser.js("""
            const element = document.activeElement;
            return [element.id || element.textContent, getComputedStyle(element).outlineStyle]"""))
    assert [name for name, _ in reached] == ["Skip to the verdict", "pause", "hosts", "why",
                                             "metrics"]
    assert {style for _, style in reached} == {"solid"}
