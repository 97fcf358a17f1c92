"""The page in a real browser: points are drawn, found by the pointer and highlighted, and no request leaves it."""

import json
import shutil

import numpy as np
import pytest

from likewise.maps import TextMap, map_page

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,800",
)
TEXTS = ["a red fox", "a red dog", "</script><script>document.title='broken'</script>", "<b>deep</b> sea", "blue sea"]
POINTS = np.array([[0, 0], [1, 0], [0, 1], [4, 4], [5, 4]], np.float32)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    if BROWSER is None or DRIVER is None:
        pytest.skip("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser, tmp_path):
    """The browser with a small map, in the light theme."""
    page = tmp_path / "map.html"
    shown = TextMap(
        title="Foxes & <seas>",
        points=POINTS,
        texts=TEXTS,
        groups=[0, 0, -1, 1, 1],
        labels=["fox, dog", "sea"],
        places=[f"notes.txt:{line}" for line in range(1, 6)],
        facts=["5 texts"],
    )
    page.write_text(map_page(shown), encoding="utf-8")
    set_theme(browser, "light")
    browser.get(page.as_uri())
    settle(browser)
    return browser


def set_theme(browser, theme):
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    )


def settle(browser):
    """Wait until what was asked for is painted."""
    browser.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 20)))"
    )


def pixel(browser, point):
    """Colour of the canvas at the place of a point."""
    script = """
      const canvas = document.getElementById("map"), at = likewiseMap.place(arguments[0]);
      const ratio = canvas.width / canvas.clientWidth;
      return Array.from(canvas.getContext("2d").getImageData(at.x * ratio, at.y * ratio, 1, 1).data)"""
    return browser.execute_script(script, point)


def paper(browser):
    script = 'return Array.from(document.getElementById("map").getContext("2d").getImageData(2, 2, 1, 1).data)'
    return browser.execute_script(script)


def far(one, other):
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def pointer_to(browser, point):
    from selenium.webdriver.common.action_chains import ActionChains

    at = browser.execute_script("return likewiseMap.place(arguments[0])", point)
    canvas = browser.find_element("id", "map")
    width, height = canvas.size["width"], canvas.size["height"]
    for x, y in ((0, 0), (round(at["x"] - width / 2), round(at["y"] - height / 2))):  # the first move enters the page
        ActionChains(browser, duration=0).move_to_element_with_offset(canvas, x, y).perform()
        settle(browser)


def tip(browser):
    return browser.find_element("id", "tip")


def test_points_are_drawn_in_the_colours_of_their_groups(opened):
    colours = [pixel(opened, point) for point in (0, 1, 4)]

    assert opened.find_element("id", "map").get_attribute("data-points") == "5"
    assert all(far(colour, paper(opened)) > 100 for colour in colours)
    assert far(colours[0], colours[1]) < 20
    assert far(colours[0], colours[2]) > 100


@pytest.mark.parametrize("point", range(5))
def test_the_pointer_shows_the_text_as_text(opened, point):
    pointer_to(opened, point)

    shown = tip(opened)
    assert shown.find_element("class name", "text").text == TEXTS[point]
    assert shown.find_element("class name", "place").text.endswith(f"notes.txt:{point + 1}")
    assert opened.title == "Foxes & <seas>"
    assert not shown.find_elements("tag name", "b")


def test_away_from_points_nothing_is_shown(opened):
    from selenium.webdriver.common.action_chains import ActionChains

    pointer_to(opened, 0)
    assert tip(opened).is_displayed()

    ActionChains(opened, duration=0).move_to_element(opened.find_element("id", "search")).perform()
    settle(opened)

    assert not tip(opened).is_displayed()


def test_the_legend_highlights_a_group_and_lets_go_of_it(opened):
    before = pixel(opened, 0), pixel(opened, 4)
    buttons = opened.find_elements("css selector", "#legend button")
    assert [button.text.split("\n") for button in buttons] == [["fox, dog", "2"], ["sea", "2"], ["in no cluster", "1"]]

    buttons[1].click()
    settle(opened)

    assert buttons[1].get_attribute("aria-pressed") == "true"
    assert opened.find_element("id", "map").get_attribute("data-highlighted") == "2"
    assert far(pixel(opened, 0), paper(opened)) < 0.5 * far(before[0], paper(opened))
    assert far(pixel(opened, 4), paper(opened)) >= far(before[1], paper(opened)) - 5

    buttons[1].click()
    settle(opened)

    assert (pixel(opened, 0), pixel(opened, 4)) == before


def test_the_legend_works_from_the_keyboard(opened):
    from selenium.webdriver.common.keys import Keys

    button = opened.find_elements("css selector", "#legend button")[2]
    button.send_keys(Keys.SPACE)
    settle(opened)
    assert button.get_attribute("aria-pressed") == "true"

    button.send_keys(Keys.ESCAPE)
    settle(opened)

    assert button.get_attribute("aria-pressed") == "false"
    assert opened.find_element("id", "map").get_attribute("data-highlighted") == ""


def test_the_search_highlights_what_holds_all_its_words_and_steps_through_it(opened):
    from selenium.webdriver.common.keys import Keys

    search = opened.find_element("id", "search")
    search.send_keys("Red A")
    settle(opened)
    assert opened.find_element("id", "found").text == "2 of 5 texts"
    assert far(pixel(opened, 4), paper(opened)) < far(pixel(opened, 0), paper(opened))

    shown = []
    for _ in range(3):
        search.send_keys(Keys.ENTER)
        settle(opened)
        shown.append(tip(opened).find_element("class name", "text").text)

    assert shown == [TEXTS[0], TEXTS[1], TEXTS[0]]


def test_zooming_and_moving_by_keys_and_back(opened):
    from selenium.webdriver.common.keys import Keys

    place = "const at = likewiseMap.place(4); return [Math.round(at.x), Math.round(at.y)]"
    canvas, start = opened.find_element("id", "map"), opened.execute_script(place)
    opened.execute_script('document.getElementById("map").focus()')
    for keys in ("+", Keys.ARROW_LEFT):
        before = opened.execute_script(place)
        canvas.send_keys(keys)
        assert opened.execute_script(place) != before
    canvas.send_keys("0")

    assert opened.execute_script(place) == start


def test_both_themes_have_their_own_paper_and_readable_points(opened):
    light = paper(opened)
    set_theme(opened, "dark")
    settle(opened)

    assert sum(light[:3]) > 700 > 120 > sum(paper(opened)[:3])
    assert far(pixel(opened, 0), paper(opened)) > 200


def test_no_request_leaves_the_page_and_nothing_goes_wrong(opened):
    pointer_to(opened, 3)
    events = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    asked = [each["request"]["url"] for each in sent if each["documentURL"].endswith("map.html")]

    assert any(url.startswith("file://") and url.endswith("map.html") for url in asked)
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    assert [entry for entry in opened.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_fifty_thousand_points(browser, tmp_path):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 20, 50_000)
    points = (rng.normal(size=(20, 2)) * 8)[groups] + rng.normal(size=(50_000, 2))
    texts = [f"text {row}" for row in range(50_000)]
    labels = [f"group {group}" for group in range(20)]
    page = tmp_path / "large.html"
    page.write_text(map_page(TextMap(title="Many", points=points, texts=texts, groups=groups.tolist(), labels=labels)))
    set_theme(browser, "light")

    browser.get(page.as_uri())
    settle(browser)
    browser.find_element("id", "search").send_keys("49999")
    settle(browser)

    assert browser.find_element("id", "found").text == "1 of 50,000 texts"
    assert far(pixel(browser, 49_999), paper(browser)) > 100


def test_one_text_and_texts_at_one_place(browser, tmp_path):
    page = tmp_path / "one.html"
    for count in (1, 3):
        shown = TextMap(
            title="One", points=np.zeros((count, 2)), texts=["fox"] * count, groups=[0] * count, labels=["x"]
        )
        page.write_text(map_page(shown))
        browser.get(page.as_uri())
        settle(browser)
        pointer_to(browser, 0)

        assert tip(browser).find_element("class name", "text").text == "fox"
        assert ("2 more at this place" in tip(browser).text) is (count == 3)
