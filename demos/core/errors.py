"""The one kind of error that a visitor reads."""


class DemoError(Exception):
    """One clear sentence for the visitor: what happened, with the number, and what to do now.

    Raised at the place that knows. The page shows it, the API returns it; everything else goes to the log with its
    traceback.
    """
