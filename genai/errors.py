class GenaiError(Exception):
    """Base of everything this package raises on purpose."""


class DataError(GenaiError):
    """An input cannot be used; the message names it and says what is wrong."""


class ArtifactError(GenaiError):
    """An artifact folder is missing, incomplete, altered or of another format."""


class Stopped(GenaiError):
    """The caller asked to stop; nothing was published, the checkpoint stays."""


class Diverged(GenaiError):
    """Training met values that are not finite, again after every roll-back."""
