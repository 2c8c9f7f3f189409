"""A plan knows which rules have jobs."""

from singmap.preflight.plan import Plan


def test_a_plan_has_a_rule_when_one_of_its_jobs_is_planned():
    plan = Plan({"train_model": [{"model": "dae", "seed": "0"}]})
    assert plan.has("map_model", "train_model")
    assert not plan.has("map_model")
