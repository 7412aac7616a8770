"""The eight EHRs this server can be. Data and small pure checks, one module per vendor."""

from sandbox.personalities.athena import ATHENA
from sandbox.personalities.ecw import ECW
from sandbox.personalities.epic import EPIC
from sandbox.personalities.generic import GENERIC
from sandbox.personalities.meditech import MEDITECH
from sandbox.personalities.model import Personality
from sandbox.personalities.nextgen import NEXTGEN
from sandbox.personalities.oracle import ORACLE
from sandbox.personalities.smart1 import SMART1

PERSONALITIES: dict[str, Personality] = {
    p.name: p for p in (EPIC, ORACLE, ATHENA, ECW, NEXTGEN, MEDITECH, GENERIC, SMART1)
}
