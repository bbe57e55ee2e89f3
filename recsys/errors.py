class RecsysError(Exception):
    """Base of everything this package raises on purpose."""


class DataError(RecsysError):
    """An input file cannot be used; the message names the file, the row and what is wrong."""


class ArtifactError(RecsysError):
    """An artifact folder is missing, incomplete, altered or of another format."""


class Stopped(RecsysError):
    """The caller asked to stop; nothing was published, the checkpoint stays."""
