"""What each EHR accepts, as data: one module per vendor, all of identical shape."""

from app.vendors import athena, ecw, epic, generic, greenway, meditech, nextgen, oracle, tebra
from app.vendors.capability import Capability
from app.vendors.profile import VendorProfile

PROFILES: dict[str, VendorProfile] = {
    module.PROFILE.name: module.PROFILE
    for module in (epic, oracle, athena, ecw, nextgen, greenway, tebra, meditech, generic)
}


def profile_named(name: str) -> VendorProfile:
    """The profile of that name. Raises KeyError for a vendor there is no module for."""
    return PROFILES[name]


def recognize(capability: Capability) -> VendorProfile:
    """The vendor whose server this says it is; the generic profile when it does not say."""
    said = " ".join((capability.software, capability.implementation_url, capability.url)).lower()
    for profile in PROFILES.values():
        if any(word in said for word in profile.recognized_by):
            return profile
    return PROFILES["generic"]
