"""Keys, peers and texts are shown as text."""

import base64
import hashlib
import re
from pathlib import Path

import synthetic_jobs as jobs

SOURCES = sorted((Path(__file__).resolve().parents[2] / "src/page").glob("*.*"))
SINKS = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(",
         "createContextualFragment", "new Function", "srcdoc", "javascript:"]


def test_hostile_strings_are_text(browser, serve):
    browser.open(serve(jobs.hostile()).url)
    browser.wait_for_verdict("Hangs")
    assert browser.count("main img, main script, main b b") == 0
    assert browser.js("return window.owned") is None
    assert browser.driver.title.startswith("Hangs: ")
    for place in ["#causes", "#stages", "#hosts", "#waits", "#barriers"]:
        text = browser.text(place)
        assert jobs.HOSTILE[0] in text, place
        assert jobs.HOSTILE[1] in text, place
        assert "&lt;b&gt;" in text, place
        assert "${alert(1)}" in text, place


def test_characters_that_would_disguise_a_key_are_escaped(browser, serve):
    browser.open(serve(jobs.hostile()).url)
    browser.wait_for_verdict("Hangs")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", browser.driver.page_source)
    for place in ["#causes", "#stages", "#hosts", "#waits", "#barriers"]:
        assert "\\u{202e}gnp.exe\\u{202c}" in browser.text(place), place
        assert "line\\u{a}break" in browser.text(place), place


def test_long_keys_do_not_widen_the_page(browser, serve):
    browser.open(serve(jobs.hostile()).url, width=360)
    browser.wait_for_verdict("Hangs")
    assert browser.js("return document.documentElement.scrollWidth") == 360


def test_the_sources_use_no_sink_for_markup():
    for source in SOURCES:
        text = source.read_text()
        assert not [sink for sink in SINKS if sink in text], source


def test_the_policy_keeps_scripts_out_and_markup_from_strings(browser, serve):
    browser.open(serve(jobs.hang_of_8()).url)
    browser.wait_for_verdict("Hangs")
    browser.js("""
        const script = document.createElement('script');
        try { script.textContent = 'window.owned = 1'; document.body.append(script); } catch {}
        try { document.body.insertAdjacentHTML('beforeend', '<b id=planted></b>'); } catch {}""")
    assert browser.js("return window.owned") is None
    assert browser.count("#planted") == 0
    assert browser.errors()


def test_the_document_holds_its_sources_byte_by_byte(page_folder):
    document = (page_folder / "index.html").read_text()
    policy = (page_folder / "policy.txt").read_text()
    parts = [source for source in SOURCES if source.suffix in {".css", ".js"}]
    for part in parts:
        text = part.read_text()
        digest = hashlib.sha256(text.encode()).digest()
        assert f">{text}</" in document, part
        assert f"'sha256-{base64.b64encode(digest).decode()}'" in policy, part
    assert policy.count("sha256-") == len(parts)


def test_nothing_is_loaded_from_elsewhere(browser, serve):
    server = serve(jobs.hang_of_8())
    browser.open(server.url)
    browser.wait_for_verdict("Hangs")
    loaded = browser.js("return performance.getEntriesByType('resource').map((each) => each.name)")
    assert all(name.startswith((server.url, "data:")) for name in loaded)
    assert set(server.paths) == {"/", "/v1/why", "/v1/stat", "/v1/hosts", "/v1/waits",
                                 "/v1/barriers", "/v1/stores"}
