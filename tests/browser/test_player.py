"""The player: one transport, sources switched without a gap at the same position, by mouse and by keys."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.helpers.rendered_page import EXCERPT_S, TRACKS

# Notes what is started and stopped, and what is heard.
SPY = """
window.started = []; window.stopped = [];
const node = AudioBufferSourceNode.prototype, {start, stop} = node, connect = AudioNode.prototype.connect;
node.start = function (when, offset) { started.push([when, offset]); return start.call(this, when, offset); };
node.stop = function (when) { stopped.push(when); return stop.call(this, when); };
AudioNode.prototype.connect = function (to, ...rest) {
  if (to === this.context.destination) {
    window.analyser ??= new AnalyserNode(this.context, {fftSize: 8192, smoothingTimeConstant: 0});
    connect.call(this, window.analyser);
  }
  return connect.call(this, to, ...rest);
};
"""
# A clock that moves on by a block of 128 samples at every reading: a real one may do so between any two.
MOVING_CLOCK = """
const {get} = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, "currentTime");
let readings = 0;
Object.defineProperty(BaseAudioContext.prototype, "currentTime", {
  get() { return get.call(this) + ++readings * 128 / 44100; },
});
"""
PITCH = """
const levels = new Float32Array(analyser.frequencyBinCount);
analyser.getFloatFrequencyData(levels);
const top = levels.indexOf(Math.max(...levels));
return levels[top] > -60 && Math.abs(top * analyser.context.sampleRate / 8192 - arguments[0]) < 12;
"""


@pytest.fixture
def player(page):
    page.run(SPY)
    page.run("document.querySelector('#listen').scrollIntoView()")
    page.until("return document.querySelector('#listen').dataset.shown")
    return page


def playing(player, system):
    player.until("return document.querySelector('#listen').dataset.playing === arguments[0]", system)


def test_keys_alone_play_switch_and_pause(player):
    player.tab_to("#pl-play")
    player.press(Keys.ENTER)
    playing(player, "mixture")
    for key, system, frequency_hz in (("2", "truth", 440), ("3", "dae_seed0", 660), ("4", "sf_seed0", 880)):
        player.press(key)
        playing(player, system)
        player.until(PITCH, frequency_hz)
    player.run("document.activeElement.blur()")
    player.find("body").send_keys(" ")
    player.until("return !document.querySelector('#listen').dataset.playing")
    assert player.text("#pl-play") == "▶ Play"


def test_a_switch_goes_on_where_the_other_source_was_and_overlaps_it(player):
    player.run(MOVING_CLOCK)
    player.click("#pl-play")
    playing(player, "mixture")
    for place, system in ((2, "truth"), (4, "sf_seed0")):
        player.click(f"#pl-sources button:nth-child({place})")
        playing(player, system)
    started, stopped = player.run("return started"), player.run("return stopped")
    assert len(started) == 3
    for (before, offset), (after, next_offset), end in zip(started, started[1:], stopped, strict=False):
        expected = (offset + after - before) % EXCERPT_S
        assert next_offset == pytest.approx(expected, abs=1e-6), "the same position"
        assert after < end <= after + 0.05, "the old source fades while the new one sounds, then ends"


def test_position_is_sought_by_bar_and_picture_and_kept_in_the_address(player):
    player.tab_to("#pl-position")
    player.press(*[Keys.ARROW_RIGHT] * 5)
    assert float(player.state()["time"]) == pytest.approx(0.05)
    player.run(
        """const picture = document.querySelector("#pl-picture"), box = picture.getBoundingClientRect();
        const clientX = box.left + box.width * 0.75, clientY = box.top + 5;
        picture.dispatchEvent(new MouseEvent("click", {clientX, clientY}));"""
    )
    assert float(player.state()["time"]) == pytest.approx(0.75 * EXCERPT_S, abs=0.01)
    cursor = player.run("return document.querySelector('#pl-cursor').style.left")
    assert float(cursor.rstrip("%")) == pytest.approx(75, abs=1)


def test_track_part_and_source_come_back_with_the_address(player):
    player.choose("#pl-track", "three")
    player.choose("#pl-part", "accompaniment")
    player.click("#pl-sources button:nth-child(3)")
    player.until("return document.querySelector('#listen').dataset.shown === 'dae_seed0'")
    state = player.state()
    assert (state["track"], state["part"], state["source"]) == ("three", "accompaniment", "dae_seed0")
    player.open("&".join(f"{name}={value}" for name, value in state.items()))
    assert player.run("return document.querySelector('#pl-track').value") == "three"
    pressed = player.run("return document.querySelector('#pl-sources [aria-pressed=true]').textContent")
    assert pressed == "3dae, seed 0"
    player.until("return document.querySelector('#pl-picture').ariaLabel === 'Spectrogram of dae, seed 0'")


def test_it_stops_at_the_end_unless_it_repeats(player):
    player.click("#pl-loop")
    player.run(
        """const bar = document.querySelector("#pl-position");
        bar.value = 0.9;
        bar.dispatchEvent(new Event("input"));"""
    )
    player.click("#pl-play")
    player.until("return started.length > 0")
    player.until("return !document.querySelector('#listen').dataset.playing")
    assert player.text("#pl-time") == "0.0 s"


def test_the_picture_shows_each_source_s_own_tone(player):
    before = player.picture("#pl-picture")
    player.click("#pl-sources button:nth-child(4)")
    player.until("return document.querySelector('#listen').dataset.shown === 'sf_seed0'")
    assert player.picture("#pl-picture") != before


def test_digits_typed_elsewhere_switch_nothing(player):
    player.run("document.querySelector('#ex-hz').focus({preventScroll: true})")
    player.press("2")
    assert (
        player.run("return document.querySelector('#pl-sources [aria-pressed=true]').textContent")
        == "1mixture"
    )


def test_a_track_of_the_scores_is_heard_by_its_name(player):
    names = "return [...document.querySelectorAll('#by-track tbody button')].map(b => b.textContent)"
    assert player.run(names) == [TRACKS["one"], TRACKS["three"]]
    player.run("document.querySelectorAll('#by-track tbody button')[1].click()")
    assert player.run("return document.querySelector('#pl-track').value") == "three"
    assert player.run("return document.activeElement.id") == "pl-play"
