"""The fake GPU refuses what a real one does: without that its tests would pass whatever the host does."""

import re
import sys

import pytest
import torch

from benchmarks import bench_gpu, gpu_nca, gpu_training
from tests.helpers.fake_gpu import OnFakeGpu


def test_it_computes_what_the_cpu_does(fake_gpu):
    frames = torch.arange(12.0).reshape(3, 4)
    on_gpu = frames.to("cuda")
    on_gpu[1:] *= 2
    assert isinstance(on_gpu, OnFakeGpu)
    assert on_gpu.device == torch.device("cuda", 0)
    assert (on_gpu @ on_gpu.t()).cpu().tolist()[1] == [76.0, 504.0, 856.0]
    assert frames[1].tolist() == [4.0, 5.0, 6.0, 7.0], "the copy is a copy"


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda on_gpu: on_gpu + torch.ones(3), "same device"),
        (lambda on_gpu: on_gpu.index_select(0, torch.tensor([1])), "same device"),
        (lambda on_gpu: on_gpu.numpy(), "to numpy"),
    ],
)
def test_what_lies_elsewhere_is_refused(fake_gpu, mistake, message):
    with pytest.raises((RuntimeError, TypeError), match=message):
        mistake(torch.zeros(3, device="cuda"))


def test_a_late_copy_shows_who_does_not_wait(fake_gpu):
    pinned = torch.ones(3).pin_memory()
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        unwaited = pinned.to("cuda", non_blocking=True)
    assert unwaited.sum().isnan()
    torch.cuda.current_stream().wait_stream(side)
    assert unwaited.sum().item() == 3


def test_a_late_copy_shows_who_writes_too_early(fake_gpu):
    pinned, side = torch.ones(3).pin_memory(), torch.cuda.Stream()
    with torch.cuda.stream(side):
        early = pinned.to("cuda", non_blocking=True)
        pinned.fill_(2)
        late = pinned.to("cuda", non_blocking=True)
        side.record_event().synchronize()
        pinned.fill_(9)
    assert early.sum().item() == 6, "overwritten before it was copied"
    assert late.sum().item() == 6


def test_a_recorded_step_can_not_look(fake_gpu):
    total = torch.zeros(2, device="cuda")
    with pytest.raises(RuntimeError, match="capturing"), torch.cuda.graph(torch.cuda.CUDAGraph()):
        total.sum().item()
    with pytest.raises(RuntimeError, match="capturing"), torch.cuda.graph(torch.cuda.CUDAGraph()):
        total.copy_(torch.ones(2))


def test_recording_computes_nothing_and_a_replay_repeats_what_python_saw(fake_gpu):
    total, graph, rate = torch.zeros(2, device="cuda"), torch.cuda.CUDAGraph(), 1.0
    with torch.cuda.graph(graph):
        total += rate
        doubled = 2 * total
    assert total.tolist() == [0, 0]
    assert doubled.isnan().all().item()
    rate = 5.0
    for number in (1.0, 2.0):
        graph.replay()
        assert (total.tolist(), doubled.tolist()) == ([number] * 2, [2 * number] * 2)


def test_memory_ends(fake_gpu):
    fake_gpu.free_bytes = 1000
    torch.zeros(250, device="cuda")
    with pytest.raises(torch.OutOfMemoryError):
        torch.zeros(251, device="cuda")


def test_the_measurements_that_wait_for_a_gpu_run_through(fake_gpu, monkeypatch, capsys):
    """All parts but those that start processes, which would find no GPU; the figures mean nothing."""
    parts = ["training", "frames", "nca", "agreement", "seeds"]
    small = ["--bins", "20", "--frames", "2000", "--steps", "2", "--iterations", "3", "--numbers", "64"]
    arguments = ["bench_gpu", "--only", *parts, *small, "--launches", "graph", "eager"]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(gpu_training, "PEAK_SIZE", 16)
    monkeypatch.setattr(gpu_nca, "PEAK_SIZES", (16,))
    bench_gpu.main()
    told = capsys.readouterr().out
    assert re.findall("== (\\w+):", told) == parts
    assert "FAILED" not in told
    assert len(re.findall("^(?:dae|mdae|sf) .*(?:graph|eager)", told, re.MULTILINE)) == 3 * 3 * 2
    assert len(re.findall("(?:kept|streamed) .* steps/s", told)) == 2
    assert len(re.findall("differs by .* the scatter", told)) == 3
