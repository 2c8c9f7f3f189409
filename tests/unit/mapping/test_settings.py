from singmap.mapping.settings import DescentSettings, MappingSettings, StoppingRule, settings_of


def test_settings_take_the_configuration_s_names():
    converged = {
        "iterations_max": 7,
        "learning_rate": 0.2,
        "stop_relative_improvement": 0.1,
        "stop_window_iterations": 3,
    }
    settings = settings_of(
        {"iterations": 5, "learning_rate": 0.1, "precision": "bfloat16", "converged": converged}
    )
    assert settings.fixed == DescentSettings(5, 0.1)
    assert settings.converged == DescentSettings(7, 0.2, StoppingRule(0.1, 3))
    assert (settings.precision, settings.bias_axis, settings.device) == ("bfloat16", "input", "cpu")
    assert settings_of({}) == MappingSettings()
    others = settings_of({"bias_axis": "output", "record_every_iterations": 4}, "cuda:1")
    assert (others.bias_axis, others.record_every_iterations, others.device) == ("output", 4, "cuda:1")
