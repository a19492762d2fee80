"""Where personal data stands in the whole service: what every package registers, the lowest first."""

from cases.personal import PERSONAL as CASES
from evaluation.personal import PERSONAL as EVALUATION
from points.personal import PERSONAL as POINTS
from rewards.personal import PERSONAL as REWARDS
from stewards.personal import PERSONAL as STEWARDS
from stewards.personal import PersonalTable

REGISTER: tuple[PersonalTable, ...] = (*STEWARDS, *POINTS, *CASES, *EVALUATION, *REWARDS)
