# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with a planned environment: sentences that name the option, its value and the cure.

They are collected until all is looked at.
"""

from __future__ import annotations

import difflib

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Busy, NotFound

MANY = 8


class Findings:
    """Mistakes and warnings. `names` maps an option to the name that its user knows it by, such as a variable."""

    def __init__(self, names=None):
        self.names, self.mistakes, self.warnings = names or {}, [], []

    def name(self, option):
        """Return what the user calls an option."""
        return self.names.get(option, option)

    def refused(self, option):
        """Return whether there is a mistake about an option."""
        return any(sentence.startswith(f"{self.name(option)}: ") for sentence in self.mistakes)

    def refuse(self, option, text):
        """Note a mistake, once."""
        self.note(self.mistakes, f"{self.name(option)}: {text}")

    def warn(self, option, text):
        """Note what may be meant."""
        self.note(self.warnings, f"{self.name(option)}: {text}")

    def allowed(self, check, *args):
        """Run a check; a token that may not look at something is a mistake of its own and hides no other."""
        return self.noted((Busy, NotFound), check, *args)

    def noted(self, errors, check, *args):
        """Return what a check returns; such an error that ends it is a mistake."""
        try:
            return check(*args)
        except errors as error:
            self.note(self.mistakes, f"DigitalOcean: {error}")
            return None

    @staticmethod
    def note(sentences, sentence):
        if sentence not in sentences:
            sentences.append(sentence)


def one_of(choices, like=""):
    """Return choices as text; of many, those that resemble a value first."""
    choices = list(choices)
    if len(choices) > MANY:
        near = difflib.get_close_matches(like, choices, MANY, 0) if like else []
        choices = [*near, *(choice for choice in choices if choice not in near)][:MANY]
        return f"one such as {', '.join(choices)}"
    return f"{', '.join(choices[:-1])} or {choices[-1]}" if len(choices) > 1 else "".join(choices)
