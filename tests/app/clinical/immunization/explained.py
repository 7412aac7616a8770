"""The sheet rows that no engine over data 4.64 can meet, each with the clause we stand on.

Words for the generated page docs/immunization-exceptions.md; the engine knows none of this.
"""

OWN_COUNT = (
    "FORECASTDN-1 counts the series' own satisfied target doses; the sheet counts doses that are "
    "valid in any series (a sister case expects the series' own count)"
)
PRIORITY = (
    "SELECTSCORE-2 takes the best series priority: 4.64 gives the 2-23 month risk series priority "
    "A and no end ages for this indication, so it stands before the one-dose series (B); the "
    "sheet is older than that"
)

EXPLAINED = {
    "2016-UC-0058": OWN_COUNT,
    "2016-UC-0094": OWN_COUNT,
    "2016-UC-0060": "FORECASTDTCAN-1 with the minimum interval of 4 weeks that 4.64 holds; the "
    "sheet still has 8 weeks",
    "2016-UC-0110": "FORECASTDTCAN-1 with the minimum age of 4.64; the sheet's earliest date "
    "follows an older interval, the recommended date agrees",
    "2016-UC-0128": PRIORITY,
    "2016-UC-0129": PRIORITY,
    "2016-UC-0198": PRIORITY,
    "2017-UC-0015": "FORECASTDTCAN-1 with the minimum age of 2 years that 4.64 holds; the sheet "
    "still has 18 years",
    "2018-0022": "tables 6-29 and 6-31: the dose is no allowed vaccine at that age; 4.64 does not "
    "list it as inadvertent, which is the reason the sheet gives (status and dates agree)",
    "2020-UC-0003": "table 8-9: 4.64 holds a standard three-dose series that the sheet predates, "
    "and it has the most points",
    "2022-UC-0005": "table 5-5: the indication begins at 9 years in 4.64 and the patient is 8, so "
    "no series is relevant",
    "2022-UC-0017": "FORECASTDTCAN-1 with the minimum interval of 1 year that 4.64 holds; the "
    "sheet has 8 weeks, the recommended date agrees",
    "2022-UC-0031": "table 5-5: the observation is no indication of any series in 4.64",
    "2023-UC-0047": "table 7-10: 4.64 holds the 2025-26 season, so the candidate date of this "
    "case of 2023 lies past the maximum age",
    "2025-UC-0015": "FORECASTDT-3: past due is the day before the latest recommended date; the "
    "sheet gives that date itself",
}
