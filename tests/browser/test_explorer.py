"""The explorer: every control does what it says, values are those of the matrices, keys suffice."""

import re

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys

from tests.helpers.rendered_page import TRACKS

BIN_HZ = 44100 / 512
# Red, green and blue of the darkest pixel near a place of the diagonal, 0 to 1 from its lower left.
DARKEST = """
const canvas = document.querySelector("#ex-a"), copy = new OffscreenCanvas(canvas.width, canvas.height);
const context = copy.getContext("2d", {willReadFrequently: true}), side = canvas.clientWidth;
context.drawImage(canvas, 0, 0);
const x = 46 + arguments[0] * (side - 46), y = (1 - arguments[0]) * (side - 26);
const {data} = context.getImageData(Math.round(x) - 4, Math.round(y) - 4, 9, 9);
const pixels = Array.from({length: 81}, (_, at) => [...data.slice(4 * at, 4 * at + 3)]);
return pixels.sort((a, b) => a[0] + a[1] + a[2] - b[0] - b[1] - b[2])[0];
"""


def gains_told(page) -> dict[str, float]:
    """The gains of both matrices at the cross, as the page tells them."""
    told = re.findall(r"([AB]): ([+−])([\d.e+-]+) ", page.text("#ex-readout"))
    return {name: float(size) * (-1 if sign == "−" else 1) for name, sign, size in told}


def matrix_of(page, model: str, seed: int, segment: int) -> np.ndarray:
    return np.load(page.path.parents[1] / "mappings" / model / f"seed{seed}" / "jacobian.npy")[segment]


def look_at(page, output: int, input_bin: int) -> None:
    page.open(f"output={output * BIN_HZ:.2f}&input={input_bin * BIN_HZ:.2f}")


@pytest.mark.parametrize(("output", "input_bin"), [(10, 10), (5, 20), (30, 7)])
def test_the_gains_told_are_those_of_the_matrices(page, output, input_bin):
    look_at(page, output, input_bin)
    told = gains_told(page)
    for name, model in (("A", "dae"), ("B", "sf")):
        assert told[name] == pytest.approx(matrix_of(page, model, 0, 0)[output, input_bin], rel=0.08)


def test_bands_tell_root_mean_square_mean_and_diagonal_apart(page):
    look_at(page, 250, 250)
    text = page.text("#ex-readout")
    assert "bands of" in text
    told = re.search(r"A: diagonal \+([\d.]+) .*? root mean square \+([\d.e-]+) .*? mean", text)
    assert float(told[1]) == pytest.approx(1, rel=0.08)
    assert float(told[2]) < 0.1, "the noise beside it"


@pytest.mark.parametrize(
    ("control", "value", "key"),
    [
        ("#ex-a-model", "sf", "a"),
        ("#ex-a-seed", "1", "a"),
        ("#ex-segment", "1", "segment"),
        ("#ex-weighted", "1", "weighted"),
        ("#ex-axis", "linear", "axis"),
        ("#ex-range", "3000", "zoom"),
    ],
)
def test_a_choice_changes_the_picture_and_the_address_and_comes_back_with_it(page, control, value, key):
    before = page.picture("#ex-a")
    page.choose(control, value)
    page.until("return document.querySelector('#ex-a').toDataURL() !== arguments[0]", before)
    state = page.state()
    assert value in state[key] or state[key].endswith(f"_{value}")
    after, name = page.picture("#ex-a"), page.text("#ex-a-name")
    page.open("&".join(f"{k}={v}" for k, v in state.items()))
    assert page.picture("#ex-a") == after
    assert page.text("#ex-a-name") == name


def test_a_method_is_chosen_for_each_side(page):
    page.choose("#ex-b-method", "least_squares")
    page.until("return document.querySelector('#ex-b-name').textContent.endsWith('by least squares')")
    assert page.text("#ex-a-name") == "A: dae, seed 0, by Jacobian", "the one that finds what was planted"
    assert "mappings/dae/seed0/jacobian.npy" in page.text("#ex-a-full")
    assert "was not kept" in page.text("#ex-b-full")


def test_only_methods_that_a_model_was_examined_by_are_offered(page):
    offered = "return [...document.querySelectorAll('#ex-a-method option')].map(o => o.value)"
    assert page.run(offered) == ["jacobian", "least_squares", "nca"]
    page.choose("#ex-a-method", "nca")
    page.choose("#ex-a-model", "sf")
    assert page.run(offered) == ["jacobian", "least_squares"]
    page.until("return document.querySelector('#ex-a-name').textContent === 'A: sf, seed 0, by Jacobian'")


def test_weighting_multiplies_by_the_mean_input(page):
    look_at(page, 10, 10)
    plain = gains_told(page)["A"]
    page.choose("#ex-weighted", "1")
    page.until("return document.querySelector('#ex-readout').textContent.includes('mean input')")
    assert gains_told(page)["A"] == pytest.approx(plain / 11, rel=0.08), "the input falls as one over the bin"


def test_buttons_zoom_at_the_cross_and_a_frequency_can_be_asked_for(page):
    whole = page.picture("#ex-a")
    page.click("#ex-in")
    low, high, _, _ = (float(hz) for hz in page.state()["zoom"].split("_"))
    assert low < 440 < high < 22050
    page.click("#ex-out")
    assert "zoom" not in page.state()
    field = page.find("#ex-hz")
    field.clear()
    field.send_keys("1000", Keys.TAB)
    assert float(page.state()["output"]) == pytest.approx(1000, abs=BIN_HZ / 2)
    assert "listens to" in page.text("#ex-row-title")
    assert page.picture("#ex-a") != whole, "the cross has moved"
    assert page.run("return document.querySelectorAll('#ex-row path').length") == 2
    assert {"f", "2f", "f/2"} <= set(
        page.run("return [...document.querySelectorAll('#ex-row text')].map(t => t.textContent)")
    )


def test_keys_alone_move_the_cross_and_zoom(page):
    look_at(page, 10, 10)
    page.tab_to("#ex-a")
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_UP)
    state = page.state()
    assert float(state["input"]) == pytest.approx(11 * BIN_HZ, abs=1)
    assert float(state["output"]) == pytest.approx(12 * BIN_HZ, abs=1)
    page.press(Keys.SHIFT + Keys.ARROW_LEFT)
    assert float(page.state()["input"]) == pytest.approx(1 * BIN_HZ, abs=1)
    page.press("+")
    assert "zoom" in page.state()
    page.press("0")
    assert "zoom" not in page.state()
    page.press(*[Keys.ARROW_DOWN] * 15)
    assert float(page.state()["output"]) == 0, "stops at the edge"


def test_the_mouse_points_at_the_cell_below_it(page):
    page.choose("#ex-axis", "linear")
    page.run("document.querySelector('#ex-b').scrollIntoView({block: 'center'})")
    page.run(
        """const canvas = document.querySelector("#ex-b"), box = canvas.getBoundingClientRect();
        const x = box.left + 46 + (box.width - 46) * 0.25, y = box.top + (box.width - 26) * 0.5;
        canvas.dispatchEvent(new MouseEvent("click", {clientX: x, clientY: y}));"""
    )
    state = page.state()
    assert float(state["input"]) == pytest.approx(0.25 * 22050, rel=0.02)
    assert float(state["output"]) == pytest.approx(0.5 * 22050, rel=0.02)


def test_the_identity_is_drawn_as_a_line_of_one_colour_on_every_axis(page):
    """Pixels under the diagonal show the planted gain, whatever cells they average."""
    for axis in ("log", "linear"):
        page.choose("#ex-axis", axis)
        darkest = np.array([page.run(DARKEST, place) for place in (0.3, 0.4, 0.55, 0.6, 0.7, 0.8, 0.9)])
        assert np.ptp(darkest, axis=0).max() < 16, (axis, darkest)
        assert (darkest[:, 0] > darkest[:, 2] + 40).all(), "positive gains are orange, as in the figures"


def test_names_of_tracks_are_offered_as_text(page):
    options = page.run("return [...document.querySelectorAll('#ex-segment option')].map(o => o.textContent)")
    assert options == [f"{TRACKS['one']}, segment 0", f"{TRACKS['one']}, segment 1", TRACKS["two"]]
