"""What jobs took is summed up by rule from their benchmark files."""

from tools.measured_resources import measured_resources

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def test_jobs_of_a_rule_are_summed_up(tmp_path):
    folder = tmp_path / "benchmarks" / "train_model"
    folder.mkdir(parents=True)
    (folder / "dae_seed0.tsv").write_text(HEADER + "10\t0:00:10\t300\t1\t1\t1\t0\t0\t90\t15\n")
    (folder / "sf_seed0.tsv").write_text(HEADER + "30\t0:00:30\t500\t1\t1\t1\t0\t0\t90\t45\n")
    (tmp_path / "benchmarks" / "plot_scores").mkdir()
    table = measured_resources(tmp_path)
    assert table.to_dict("records") == [
        {"rule": "train_model", "jobs": 2, "memory_mb": 500, "longest_s": 30, "total_s": 40, "cores": 1.5}
    ]


def test_a_job_too_short_to_be_sampled_counts_with_its_time(tmp_path):
    folder = tmp_path / "benchmarks" / "touch"
    folder.mkdir(parents=True)
    (folder / "a.tsv").write_text(HEADER + "0.1\t0:00:00\t-\t-\t-\t-\t-\t-\t-\t0\n")
    assert measured_resources(tmp_path)["total_s"].tolist() == [0.1]
