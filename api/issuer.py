"""Who signs certificates."""

from kernel.district_settings import DistrictSettings
from kernel.settings import Settings
from rewards.credentials.badge import Issuer


def issuer_of(deployment: Settings, chosen: DistrictSettings) -> Issuer:
    """The district, at the address of its deployment and by the name that it chose."""
    return Issuer(base=deployment.public_url, name=chosen.issuer_name)
