"""Settings of the mapping methods are read from the configuration's names."""

from singmap.mapping.settings import DescentSettings, MappingSettings, settings_of


def test_settings_take_the_configuration_s_names():
    equal_fidelity = {"iterations_max": 7, "learning_rate": 0.2, "relative_l2": 0.1}
    settings = settings_of(
        {"iterations": 5, "learning_rate": 0.1, "precision": "bfloat16", "equal_fidelity": equal_fidelity}
    )
    assert settings.fixed == DescentSettings(5, 0.1)
    assert settings.equal_fidelity == DescentSettings(7, 0.2, 0.1)
    assert (settings.precision, settings.bias_axis, settings.device) == ("bfloat16", "input", "cpu")
    assert settings_of({}) == MappingSettings()
    others = settings_of({"bias_axis": "output", "record_every_iterations": 4}, "cuda:1")
    assert (others.bias_axis, others.record_every_iterations, others.device) == ("output", 4, "cuda:1")
