"""How sheets of rooms above the imports are taken in, by kind."""

from cases.imports.run import Importers
from rewards.item_import import ItemImport
from rewards.street_scores.sheet import StreetScoreImport
from rewards.teams.sheet import TeamImport
from rewards.titles.sheet_import import TitleImport

IMPORTERS: Importers = {
    "items": ItemImport,
    "street_scores": StreetScoreImport,
    "teams": TeamImport,
    "titles": TitleImport,
}
