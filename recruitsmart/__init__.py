"""RecruitSmart: the front office of mass recruiting."""

__version__ = "0.1.0"
