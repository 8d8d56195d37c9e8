"""Has a right answer got around? A pure rule on how often a question was answered right before and lately."""

from dataclasses import dataclass
from math import sqrt

FEWEST_BEFORE = 50
FEWEST_LATELY = 20
LEAST_Z = 3.0  # one in 740 by chance; the page is looked at every day and shows many questions
LEAST_RISE = 0.15  # what is significant may still be too little to matter


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many of the answers that were right or wrong were right."""

    right: int
    judged: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None without answers."""
        return None if self.judged == 0 else self.right / self.judged


def z_of_rise(before: Share, lately: Share) -> float:
    """The statistic of the two-proportion test, in standard errors; positive when the share rose.

    z = (p2 - p1) / sqrt(p (1 - p) (1/n1 + 1/n2)) with the pooled share p = (x1 + x2) / (n1 + n2): NIST/SEMATECH
    e-Handbook of Statistical Methods, section 7.3.3, comparing two proportions of large samples.
    """
    if before.value is None or lately.value is None:
        return 0.0
    pooled = (before.right + lately.right) / (before.judged + lately.judged)
    variance = pooled * (1 - pooled) * (1 / before.judged + 1 / lately.judged)
    return 0.0 if variance == 0 else (lately.value - before.value) / sqrt(variance)


def has_leaked(before: Share, lately: Share) -> bool:
    """Whether a question is answered right so much more often lately that its answer seems to be known.

    Needs 50 judged answers before and 20 lately, a rise of 15 points at least, and z of 3 at least.
    """
    if before.judged < FEWEST_BEFORE or lately.judged < FEWEST_LATELY:
        return False
    rise = (lately.value or 0.0) - (before.value or 0.0)
    return rise >= LEAST_RISE and z_of_rise(before, lately) >= LEAST_Z
