"""What each EHR accepts, as data: one module per vendor, all of identical shape."""

from app.vendors import athena, ecw, epic, generic, greenway, meditech, nextgen, oracle, tebra
from app.vendors.profile import VendorProfile

PROFILES: dict[str, VendorProfile] = {
    module.PROFILE.name: module.PROFILE
    for module in (epic, oracle, athena, ecw, nextgen, greenway, tebra, meditech, generic)
}


def profile_named(name: str) -> VendorProfile:
    """The profile of that name. Raises KeyError for a vendor there is no module for."""
    return PROFILES[name]
