"""What holds for every test."""

from hypothesis import HealthCheck, settings

# Hypothesis fails what is slow; how fast a busy machine is says nothing about the code, and bench/ measures that.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
