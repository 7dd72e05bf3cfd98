"""What a header says: columns and frame types by rules that are data."""

from .instruments import UNCLASSIFIED, Classified, Instruments

__all__ = ["UNCLASSIFIED", "Classified", "Instruments"]
